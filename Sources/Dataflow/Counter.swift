internal import Synchronization

/// A number that one thread raises and others read.
package final class Counter: Sendable {
    private let storage = Atomic<Int>(0)

    package init() {}

    package var value: Int { storage.load(ordering: .relaxed) }

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
    package let rowsIn = Counter()
    package let rowsOut = Counter()
    /// Rows that came after the watermark had passed them, per input (0 left, 1 right).
    package let lateRows = [Counter(), Counter()]
    package let deadLetters = Counter()
    package let skippedRows = Counter()
    /// Entries and bytes of all states, as of the last checkpoint.
    package let stateEntries = Counter()
    package let stateBytes = Counter()
    /// The watermark in microseconds; `Int.min` before the first.
    package let watermark = Counter()

    package init() {
        watermark.set(.min)
    }
}
