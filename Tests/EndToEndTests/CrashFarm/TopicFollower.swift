import Foundation

/// A reader of committed records who follows a topic while the job is being killed, and whose whole history is compared with
/// what the topic holds in the end.
final class TopicFollower: @unchecked Sendable {
    // Safe because only the farm's thread uses it.

    /// One record, as a reader saw it.
    struct Record: Hashable, Sendable {
        var partition: Int
        var offset: Int
        var value: Substring
    }

    let topic: String
    private let bootstrapServers: String
    private let directory: String
    private var lives: [String] = []
    private var process: Process?

    init(_ topic: String, _ system: TestSystem) throws {
        self.topic = topic
        bootstrapServers = system.bootstrapServers
        directory = system.directory
        try resume()
    }

    /// Starts reading from the beginning where the reader has given up, as it may when the broker is away.
    func resume() throws {
        if let process, process.isRunning { return }
        let file = "\(directory)/\(topic)-reader-\(lives.count)"
        _ = FileManager.default.createFile(atPath: file, contents: nil)
        lives.append(file)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = Self.arguments(bootstrapServers, topic, ["-u"])
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
        process.standardError = FileHandle.nullDevice
        try process.run()
        self.process = process
    }

    /// How many records the present reader has seen.
    var count: Int {
        let data = FileManager.default.contents(atPath: lives.last ?? "") ?? Data()
        return data.withUnsafeBytes { bytes in
            var count = 0
            var rest = bytes[...]
            while let end = rest.firstIndex(of: 10) {
                count += 1
                rest = rest[(end + 1)...]
            }
            return count
        }
    }

    func end() {
        guard let process, process.isRunning else { return }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// What the readers saw that is not in the topic, or in another order, or again.
    ///
    /// - Parameter final: what the topic holds.
    func differences(from final: [Record]) -> [String] {
        let expected = Dictionary(grouping: final, by: \.partition)
        var problems: [String] = []
        for (life, file) in lives.enumerated() {
            for (partition, seen) in Dictionary(grouping: Self.records(contentsOf: file), by: \.partition) {
                let committed = expected[partition] ?? []
                let mismatch = seen.indices.first { $0 >= committed.count || committed[$0] != seen[$0] }
                guard let mismatch else { continue }
                let instead = mismatch < committed.count ? "\(committed[mismatch])" : "nothing"
                problems.append(
                    "O5 reader \(life) of \(topic) saw \(seen[mismatch]), where the topic has \(instead)")
            }
        }
        return problems
    }

    /// Everything committed in a topic, up to its end, partition by partition.
    static func all(_ topic: String, _ bootstrapServers: String) throws -> [Record] {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["timeout", "120"] + arguments(bootstrapServers, topic, ["-e"])
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw TestSystem.Failure(description: "\(topic) could not be read to its end")
        }
        return records(String(decoding: data, as: UTF8.self))
    }

    private static func arguments(_ servers: String, _ topic: String, _ further: [String]) -> [String] {
        [
            "kcat", "-C", "-q", "-b", servers, "-t", topic, "-o", "beginning", "-f", "%p\\t%o\\t%s\\n", "-X",
            "isolation.level=read_committed", "-X", "topic.metadata.refresh.interval.ms=2000",
        ] + further
    }

    private static func records(contentsOf file: String) -> [Record] {
        records((try? String(contentsOfFile: file, encoding: .utf8)) ?? "")
    }

    private static func records(_ text: String) -> [Record] {
        var records: [Record] = []
        // The last line may still be being written.
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            let parts = line.split(separator: "\t", maxSplits: 2)
            guard parts.count == 3, let partition = Int(parts[0]), let offset = Int(parts[1]) else { continue }
            records.append(Record(partition: partition, offset: offset, value: parts[2]))
        }
        return records
    }
}
