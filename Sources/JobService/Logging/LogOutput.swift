internal import Columnar
package import Dataflow
internal import Foundation
internal import Logging
internal import Synchronization

/// Where all lines of a process's log come together: limited, without secrets, one at a time.
package final class LogOutput: Sendable {
    private struct State {
        var limiter = LogLimiter()
        var secrets = SecretValues.none
    }

    private let format: ServiceConfiguration.LogFormat
    private let clock: ProcessingClock
    private let state = Mutex(State())
    /// Held while a line is written, so that no two mix.
    private let writing = Mutex(())
    private let write: @Sendable (String) -> Void

    /// - Parameter write: takes one line with its end.
    package init(
        format: ServiceConfiguration.LogFormat, clock: ProcessingClock = .system,
        write: @escaping @Sendable (String) -> Void = LogOutput.standardError
    ) {
        self.format = format
        self.clock = clock
        self.write = write
    }

    /// A log that nobody can take, as on a full disk, ends no job.
    package static let standardError: @Sendable (String) -> Void = { line in
        try? FileHandle.standardError.write(contentsOf: Data(line.utf8))
    }

    /// What no line may hold from now on.
    package func hide(_ secrets: SecretValues) { state.withLock { $0.secrets = secrets } }

    func log(_ level: Logger.Level, _ message: String, _ fields: [String: String]) {
        let now = clock.monotonicNanoseconds()
        let (leftOut, secrets) = state.withLock { state in
            (state.limiter.admit(LogLimiter.Kind(level, message, fields), now: now), state.secrets)
        }
        guard let leftOut else { return }
        var fields = fields
        if leftOut > 0 { fields["suppressed"] = String(leftOut) }
        put(level, message, fields, secrets)
    }

    /// Tells of lines that were left out and have not come again; to be called now and then, and at the end with `all`.
    package func tellLeftOut(all: Bool = false) {
        let now = clock.monotonicNanoseconds()
        let (found, secrets) = state.withLock { ($0.limiter.takeLeftOut(now: now, all: all), $0.secrets) }
        for (kind, count) in found {
            var fields = kind.place
            if !kind.message.isEmpty { fields["of"] = kind.message }
            fields["suppressed"] = String(count)
            put(kind.level, "Lines were left out because there were too many alike", fields, secrets)
        }
    }

    private func put(_ level: Logger.Level, _ message: String, _ fields: [String: String], _ secrets: SecretValues) {
        let time = TimeText.full(milliseconds: clock.now().microseconds / 1000)
        let line = LogLine(
            time: time, level: level, message: secrets.redacted(message),
            fields: fields.mapValues { secrets.redacted($0) })
        let text = line.text(format)
        writing.withLock { _ in write(text) }
    }
}
