package import Columnar
internal import Dataflow

/// Keeps what an operator emits.
package final class RowCollector: Collector {
    package private(set) var batches: [RecordBatch] = []
    package private(set) var deadLetters: [TestRow] = []

    package init() {}

    package func emit(_ batch: RecordBatch) {
        if batch.selectedCount > 0 { batches.append(batch) }
    }

    package func emitDeadLetters(_ batch: RecordBatch) {
        deadLetters += batch.testRows
    }

    package var rows: [TestRow] { batches.flatMap(\.testRows) }

    /// The rows since the last call.
    package func take() -> [TestRow] {
        defer { batches = [] }
        return rows
    }
}
