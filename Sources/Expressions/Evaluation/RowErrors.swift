package import Columnar

/// One row whose evaluation failed.
package struct RowError: Hashable, Sendable {
    /// Row number in the batch.
    package var row: Int
    package var code: ExpressionError.Code
    /// The expression that failed, as SQL, without values.
    package var expression: String

    package init(row: Int, code: ExpressionError.Code, expression: String) {
        self.row = row
        self.code = code
        self.expression = expression
    }

    package var error: ExpressionError {
        ExpressionError(
            code, "row \(row): \(code.explanation), in \(expression)", expression: expression, row: row)
    }
}

/// Collects the failing rows of one or more evaluations over the same batch, for a policy that drops just them.
///
/// The result of a row that failed is null; the caller leaves the row out by `remainingSelection`.
package final class RowErrors {
    /// In the order in which they were found; one row may be there more than once.
    package private(set) var failures: [RowError] = []

    package init() {}

    package var isEmpty: Bool { failures.isEmpty }

    /// Adds the failure of a row.
    package func append(_ failure: RowError) {
        failures.append(failure)
    }

    /// Forgets all failures, for the next batch.
    package func removeAll() {
        failures.removeAll(keepingCapacity: true)
    }

    /// The failure of the lowest row, the first one found for that row.
    package var first: RowError? {
        failures.min { $0.row < $1.row }
    }

    /// The rows of `batch` that did not fail.
    package func remainingSelection(of batch: RecordBatch) -> SelectionVector {
        let failed = Set(failures.map { $0.row })
        let indices = UnsafeMutablePointer<Int32>.allocate(capacity: Swift.max(batch.selectedCount, 1))
        var count = 0
        batch.forEachRow { row in
            if !failed.contains(row) {
                indices[count] = Int32(row)
                count += 1
            }
        }
        return SelectionVector(adopting: indices, count: count)
    }
}
