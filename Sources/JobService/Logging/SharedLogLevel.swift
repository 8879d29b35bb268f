package import Logging
internal import Synchronization

/// The least level of log lines, which can be changed while a job runs.
package final class SharedLogLevel: Sendable {
    private let storage: Atomic<Int>

    package init(_ level: Logger.Level) {
        storage = Atomic(Self.number(level))
    }

    package var current: Logger.Level {
        get { Logger.Level.allCases[storage.load(ordering: .relaxed)] }
        set { storage.store(Self.number(newValue), ordering: .relaxed) }
    }

    private static func number(_ level: Logger.Level) -> Int { Logger.Level.allCases.firstIndex(of: level) ?? 0 }
}
