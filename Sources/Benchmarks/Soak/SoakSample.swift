internal import Foundation

/// What was seen of the job at one moment.
struct SoakSample: Codable {
    /// Seconds since the soak began.
    var time: Double
    /// Seconds since the job's process started.
    var age: Double
    var residentBytes: Int
    var threads: Int
    var descriptors: Int
    var checkpointBytes: Int
    /// Records not read yet; nil while the job says nothing.
    var lag: Int?
    var brokerResidentBytes: Int

    /// Nil while the process is not there.
    init?(time: Double, age: Double, process: pid_t, broker: pid_t, checkpoints: String, lag: Int?) {
        guard let status = Self.status(process), let resident = status["VmRSS"], let threads = status["Threads"] else {
            return nil
        }
        self.time = time
        self.age = age
        residentBytes = resident * 1024
        self.threads = threads
        descriptors = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").count) ?? 0
        checkpointBytes = Self.byteCount(checkpoints)
        self.lag = lag
        brokerResidentBytes = (Self.status(broker)?["VmRSS"] ?? 0) * 1024
    }

    private static func status(_ process: pid_t) -> [String: Int]? {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8) else { return nil }
        var values: [String: Int] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2, let value = parts[1].split(whereSeparator: \.isWhitespace).first.flatMap({ Int($0) }) {
                values[String(parts[0])] = value
            }
        }
        return values
    }

    private static func byteCount(_ directory: String) -> Int {
        guard let files = FileManager.default.enumerator(atPath: directory) else { return 0 }
        var total = 0
        for case let name as String in files {
            let size = try? FileManager.default.attributesOfItem(atPath: "\(directory)/\(name)")[.size] as? Int
            total += size ?? 0
        }
        return total
    }
}
