import DevPostgres
import Foundation
import KafkaConnector

/// Small jobs: records given as text, runs to the end of bounded tables, tables read as text.
extension TestSystem {
    /// Produces one record per line with `kcat`; with `keyed`, key and value are separated by a tab, and an empty value
    /// is a tombstone. The topic is created.
    func produce(_ topic: String, _ lines: [String], keyed: Bool = false, headers: [String] = []) throws {
        let file = "\(directory)/records-\(UUID().uuidString.prefix(8))"
        try (lines.joined(separator: "\n") + "\n").write(toFile: file, atomically: true, encoding: .utf8)
        try makeLoader().createTopic(self.topic(topic), partitions: 1)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            ["kcat", "-P", "-b", bootstrapServers, "-t", self.topic(topic), "-p", "0"]
            + (keyed ? ["-K", "\t", "-Z"] : []) + headers.flatMap { ["-H", $0] } + ["-l", file]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(description: "kcat could not produce to \(topic)") }
    }

    /// Every committed record of a topic as `key=value`, a tombstone's value as NULL, in the order of the one partition.
    func keyedRecords(_ topic: String) throws -> [String] {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "timeout", "60", "kcat", "-C", "-q", "-b", bootstrapServers, "-t", self.topic(topic), "-o", "beginning",
            "-e",
            "-Z", "-f", "%k=%s\\n", "-X", "isolation.level=read_committed",
        ]
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// A `kafka` table's options that read the whole topic and end there.
    func bounded(_ topic: String) -> String {
        "\(unbounded(topic)), 'scan.bounded.mode' = 'latest-offset'"
    }

    func unbounded(_ topic: String) -> String {
        "'connector' = 'kafka', 'topic' = '\(self.topic(topic))', 'format' = 'json', "
            + "'scan.startup.mode' = 'earliest-offset'"
    }

    /// A `postgres` table's options.
    func table(_ name: String) -> String {
        "'connector' = 'postgres', 'table-name' = '\(name)', 'sink.create-table' = 'true'"
    }

    /// Runs a job to its end under the job name `name`.
    func run(
        _ sql: String, job name: String, arguments: [String] = [], further: [String: String] = [:]
    ) throws -> (status: Int32, output: String) {
        let path = try write(sql, as: "\(name).sql")
        return try ServiceProcess.run(
            ["run", path] + arguments,
            environment: environment(["MILLRACE_JOB_NAME": "\(name)-\(suffix)"]).merging(further) { $1 })
    }

    /// Starts a job that goes on; the same `name` goes on where it was.
    func start(_ sql: String, job name: String, further: [String: String] = [:]) throws -> ServiceProcess {
        let path = try write(sql, as: "\(name).sql")
        return try ServiceProcess(
            ["run", path],
            environment: environment(["MILLRACE_JOB_NAME": "\(name)-\(suffix)"]).merging(further) { $1 },
            log: "\(directory)/\(name).log")
    }

    /// The rows of a query, columns separated by `|`.
    func rows(_ query: String) throws -> [String] {
        try postgres.query(query, database: database).split(separator: "\n").map(String.init)
    }

    /// Waits until a query answers true, for up to half a minute; the table may not exist yet.
    func wait(for table: String, until condition: String) throws {
        try waitForTable(table)
        try postgres.waitUntil(condition, database: database)
    }

    /// Waits until a process has printed `text`, for up to 30 seconds.
    static func wait(_ process: ServiceProcess, prints text: String) -> Bool {
        let deadline = Date(timeIntervalSinceNow: 30)
        while Date() < deadline {
            if process.output.contains(text) { return true }
            if !process.isRunning { return process.output.contains(text) }
            pass(milliseconds: 20)
        }
        return false
    }
}

extension TestSystem {
    /// Lets somebody else read one more record in the name of a job's group, which commits an offset of its own.
    func readAsGroup(_ group: String, topic: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "timeout", "60", "kcat", "-q", "-b", bootstrapServers, "-c", "1", "-G", group, self.topic(topic),
        ]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(description: "kcat could not read as \(group)") }
    }
}
