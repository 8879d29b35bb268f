internal import Synchronization

/// What a source subtask last said of its splits, for reports.
final class SplitBoard: Sendable {
    private let statuses = Mutex<[SplitStatus]>([])

    var current: [SplitStatus] { statuses.withLock { $0 } }

    func publish(_ new: [SplitStatus]) {
        statuses.withLock { $0 = new }
    }
}
