import Columnar
import Testing

struct RecordBatchTests {
    static func batch(_ count: Int) -> RecordBatch {
        let column = Column(type: .bigint, capacity: count)
        for row in 0..<count { column.int64s[row] = Int64(row) }
        column.setAllValid(count)
        return RecordBatch(schema: Schema([Field("n", .bigint)]), columns: [column], rowCount: count)
    }

    @Test func everyRowIsVisitedInOrder() {
        var rows: [Int] = []
        Self.batch(5).forEachRow { rows.append($0) }
        #expect(rows == [0, 1, 2, 3, 4])
    }

    @Test func onlySelectedRowsAreVisited() {
        let batch = Self.batch(5).selecting(SelectionVector([0, 3]))
        var rows: [Int] = []
        batch.forEachRow { rows.append($0) }
        #expect(rows == [0, 3])
        #expect(batch.selectedCount == 2)
        #expect(batch.rowCount == 5)
        var none = 0
        Self.batch(5).selecting(SelectionVector([])).forEachRow { _ in none += 1 }
        #expect(none == 0)
    }

    @Test func rowsAreInsertsUnlessTheBatchSaysOtherwise() {
        let plain = Self.batch(2)
        #expect(plain.rowKind(1) == .insert)
        let kinds = RowKindColumn(capacity: 2)
        kinds.values[1] = RowKind.delete.rawValue
        let changelog = RecordBatch(schema: plain.schema, columns: plain.columns, rowCount: 2, rowKinds: kinds)
        #expect(changelog.rowKind(0) == .insert)
        #expect(changelog.rowKind(1) == .delete)
        #expect(changelog.selecting(SelectionVector([1])).rowKind(1) == .delete)
    }

    @Test func rowKindsKeepTheirNumbers() {
        #expect([RowKind.insert, .updateBefore, .updateAfter, .delete].map(\.rawValue) == [0, 1, 2, 3])
    }
}
