internal import Synchronization

/// A number that one thread raises and others read.
package final class Counter: Sendable {
    private let storage = Atomic<Int>(0)

    package init() {}

    /// The sum so far; from any thread, perhaps a moment old.
    package var value: Int { storage.load(ordering: .relaxed) }

    /// Counts on; by one thread at a time.
    package func add(_ amount: Int) {
        storage.add(amount, ordering: .relaxed)
    }

    /// For gauges: replaces the value.
    package func set(_ value: Int) {
        storage.store(value, ordering: .relaxed)
    }
}

/// The numbers of one subtask, raised once per batch.
package final class SubtaskMetrics: Sendable {
    /// Rows taken in, on all inputs.
    package let rowsIn = Counter()
    /// Rows given on, on all outputs.
    package let rowsOut = Counter()
    package let batchesIn = Counter()
    package let batchesOut = Counter()
    /// Of records that a source has read, and of rows that a sink has written; 0 elsewhere.
    package let bytesIn = Counter()
    package let bytesOut = Counter()
    /// Rows that came after the watermark had passed them, per input (0 left, 1 right).
    package let lateRows = [Counter(), Counter()]
    /// Rows put aside under the policy `dead-letter`.
    package let deadLetters = Counter()
    /// What they were rejected for.
    package let rejections = RejectionLog()
    /// Rows left out under the policy `skip`.
    package let skippedRows = Counter()
    /// Entries and bytes of all states, as of the last checkpoint.
    package let stateEntries = Counter()
    package let stateBytes = Counter()
    /// Nanoseconds for which there was input and no room for what would come of it, where the vertex is the first of its task.
    package let heldBack = Counter()
    /// The watermark in microseconds; `Int.min` before the first.
    package let watermark = Counter()

    package init() {
        watermark.set(.min)
    }
}
