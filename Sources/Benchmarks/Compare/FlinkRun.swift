internal import Foundation
internal import KernelBenchmarks

/// Runs SQL in Flink, with a cluster in the same process.
struct FlinkRun {
    /// Flink's folder, with `lib`.
    let home: String
    let connector: String
    /// The Java program that runs a SQL file.
    let driver: String
    let jvm: String
    let directory: String
    let parallelism: Int
    let interval: String

    /// Runs a bounded job to its end; the same text that Millrace gets, behind Flink's settings.
    func run(_ text: JobText) throws -> MeasuredProcess.Usage {
        let file = "\(directory)/flink.sql"
        let log = "\(directory)/flink.log"
        try (settings + text.sql).write(toFile: file, atomically: true, encoding: .utf8)
        let arguments =
            jvm.split(separator: " ").map(String.init) + ["-cp", "\(home)/lib/*:\(connector)", driver, file]
        let java = ["/usr/bin/java", "/usr/local/bin/java"].first { FileManager.default.isExecutableFile(atPath: $0) }
        let home = ProcessInfo.processInfo.environment["JAVA_HOME"].map { "\($0)/bin/java" }
        guard let program = home ?? java else { throw MeasuredProcess.Failure(description: "there is no java") }
        let usage = try MeasuredProcess(
            program, arguments, environment: ProcessInfo.processInfo.environment, log: log
        ).wait()
        guard usage.exitStatus == 0 else {
            let output = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            let lines = output.split(separator: "\n").filter { !$0.contains("\tat ") }.suffix(8).joined(separator: "\n")
            throw MeasuredProcess.Failure(description: "Flink ended with status \(usage.exitStatus):\n\(lines)")
        }
        return usage
    }

    private var settings: String {
        let values = [
            ("parallelism.default", "\(parallelism)"), ("execution.checkpointing.interval", interval),
            ("execution.checkpointing.mode", "EXACTLY_ONCE"),
            ("execution.checkpointing.dir", "file://\(directory)/flink-checkpoints"),
            // As it always is for Millrace.
            ("table.local-time-zone", "UTC"),
        ]
        return values.map { "SET '\($0.0)' = '\($0.1)';\n" }.joined() + "\n"
    }
}
