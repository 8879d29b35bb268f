internal import Dataflow
internal import Synchronization

/// Records in memory that stand in for a table's topic: what is read of them goes the way of records from a broker, but for the broker.
/// From any thread.
package final class GivenRecords: Sendable {
    package typealias Record = RecordInjector.Record

    private struct State {
        /// By partition.
        var logs: [[Record]]
        var hasEnded = false
        /// Counts what readers should look for: records, the end, a clock that has moved.
        var news = 0
        /// By partition: the news that a reader has seen when it found nothing more; `Int.max` once it has said so for good.
        var seen: [Int]
        var wakeUps: [@Sendable () -> Void] = []
    }

    private let state: Mutex<State>
    /// Called from a reader's thread each time a reader has found nothing more.
    private let whenEmpty: @Sendable () -> Void

    /// - Parameter whenEmpty: called from a reader's thread each time it has found nothing more in a partition; must be quick.
    package init(partitionCount: Int, whenEmpty: @escaping @Sendable () -> Void) {
        precondition(partitionCount > 0, "\(partitionCount) partitions")
        state = Mutex(
            State(
                logs: Array(repeating: [], count: partitionCount), seen: Array(repeating: -1, count: partitionCount)))
        self.whenEmpty = whenEmpty
    }

    package var partitionCount: Int { state.withLock { $0.logs.count } }

    /// Whether every partition has been read to its end since the last news.
    package var isDrained: Bool { state.withLock { state in state.seen.allSatisfy { $0 >= state.news } } }

    /// Puts a record at the end of its partition.
    package func append(_ record: Record) {
        announce { $0.logs[Int(record.partition)].append(record) }
    }

    /// Nothing will come any more.
    package func end() {
        announce { $0.hasEnded = true }
    }

    /// Makes the readers look again, because the clock has moved.
    package func wake() {
        announce { _ in }
    }

    private func announce(_ change: (inout State) -> Void) {
        let wakeUps = state.withLock { state in
            change(&state)
            state.news += 1
            return state.wakeUps
        }
        for wakeUp in wakeUps { wakeUp() }
    }

    // MARK: Reading

    /// What a reader finds.
    enum Finding {
        case record(Record)
        case nothing
        case end
    }

    func count(_ partition: Int) -> Int { state.withLock { $0.logs[partition].count } }

    func add(wakeUp: @escaping @Sendable () -> Void) {
        state.withLock { $0.wakeUps.append(wakeUp) }
    }

    func take(_ partition: Int, offset: Int) -> Finding {
        let finding = state.withLock { state -> Finding in
            if offset < state.logs[partition].count { return .record(state.logs[partition][offset]) }
            state.seen[partition] = state.hasEnded ? .max : state.news
            return state.hasEnded ? .end : .nothing
        }
        if case .record = finding { return finding }
        whenEmpty()
        return finding
    }
}
