package import Foundation

/// The file that a running job keeps its status in, for `millrace healthcheck` and for watching from outside.
package struct StatusFile: Sendable {
    /// A job whose file is older than this is not healthy.
    package static let maximumAgeSeconds = 15.0

    package let path: String

    package init(path: String) {
        self.path = path
    }

    /// Replaces the file as a whole.
    package func write(_ report: StatusReport) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try encoder.encode(report).write(to: URL(fileURLWithPath: path), options: .atomic)
    }

    /// Nil where there is no readable report.
    package func read() -> StatusReport? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        return try? JSONDecoder().decode(StatusReport.self, from: data)
    }

    /// Whether the job is well, and a sentence about it.
    package func health(now: Date) -> (isHealthy: Bool, text: String) {
        guard let report = read() else { return (false, "no status in \(path): the job has not started") }
        let age = now.timeIntervalSince1970 - report.updatedAt
        guard age <= Self.maximumAgeSeconds else {
            return (false, "job \(report.job) has said nothing for \(Int(age)) s")
        }
        let position = "job \(report.job) is \(report.phase), checkpoint \(report.epoch)"
        guard report.phase == "running" || report.phase == "checkpointing" else {
            return (false, position + (report.lastError.map { ": \($0)" } ?? ""))
        }
        return (true, position)
    }
}
