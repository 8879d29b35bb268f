internal import Dataflow
internal import Synchronization

/// Counts what happens on other threads.
final class BenchCounter: Sendable {
    private let count = Atomic<Int>(0)

    var value: Int { count.load(ordering: .sequentiallyConsistent) }

    func add() { count.add(1, ordering: .sequentiallyConsistent) }
}

extension SinkBench {
    /// Commits an epoch that another system has decided.
    func commitAsFollower(_ epoch: Int64, _ participant: any CommitParticipant, _ writer: any SinkWriter) throws {
        try writer.endEpoch(epoch)
        _ = try participant.redo(epoch: epoch)
        try participant.prepare(epoch: epoch)
        try participant.commit(record(epoch))
    }
}
