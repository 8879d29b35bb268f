import Columnar
import Testing

struct BatchBuilderTests {
    static let schema = Schema([Field("n", .bigint), Field("s", .string), Field("i", .int), Field("b", .bytes)])

    static func setText(_ builder: BatchBuilder, _ column: Int, _ text: String) {
        Array(text.utf8).withUnsafeBytes { builder.setBytes(column, $0) }
    }

    @Test func committedRowsBecomeABatch() {
        let builder = BatchBuilder(schema: Self.schema, capacity: 4)
        #expect(builder.isEmpty)
        for row in 0..<4 {
            #expect(!builder.isFull)
            builder.setInt64(0, Int64(row))
            Self.setText(builder, 1, "text \(row)")
            if row % 2 == 0 { builder.setInt32(2, Int32(row)) }
            builder.commitRow()
        }
        #expect(builder.isFull)
        let batch = builder.finish()
        #expect(builder.isEmpty && !builder.isFull)
        #expect(batch.rowCount == 4)
        for row in 0..<4 {
            #expect(batch.columns[0].int64s[row] == Int64(row))
            #expect(String(decoding: batch.columns[1].bytes(row), as: UTF8.self) == "text \(row)")
            #expect(batch.columns[2].isValid(row) == (row % 2 == 0))
            #expect(!batch.columns[3].isValid(row))
        }
        #expect(batch.rowKinds == nil)
    }

    @Test func aDiscardedRowLeavesNothing() {
        let builder = BatchBuilder(schema: Self.schema, capacity: 4)
        Self.setText(builder, 1, "kept")
        builder.commitRow()
        builder.setInt64(0, 9)
        Self.setText(builder, 1, "gone")
        builder.discardRow()
        #expect(builder.arenaWriter.count == 4)
        builder.commitRow()
        let batch = builder.finish()
        #expect(batch.rowCount == 2)
        #expect(!batch.columns[0].isValid(1) && !batch.columns[1].isValid(1))
        #expect(String(decoding: batch.columns[1].bytes(0), as: UTF8.self) == "kept")
    }

    @Test func batchesDoNotShareMemory() {
        let builder = BatchBuilder(schema: Self.schema, capacity: 2)
        var batches: [RecordBatch] = []
        for round in 0..<5 {
            builder.setInt64(0, Int64(round))
            Self.setText(builder, 1, String(repeating: "x", count: round))
            builder.commitRow()
            batches.append(builder.finish())
        }
        for (round, batch) in batches.enumerated() {
            #expect(batch.columns[0].int64s[0] == Int64(round))
            #expect(batch.columns[1].bytes(0).count == round)
            #expect(!batch.columns[0].isValid(1))
        }
    }

    @Test func rowKindsAreKeptPerRow() {
        let builder = BatchBuilder(schema: Self.schema, capacity: 3, writesRowKinds: true)
        builder.setRowKind(.delete)
        builder.discardRow()
        builder.commitRow()
        builder.setRowKind(.delete)
        builder.commitRow()
        let batch = builder.finish()
        #expect(batch.rowKind(0) == .insert)
        #expect(batch.rowKind(1) == .delete)
        builder.commitRow()
        #expect(builder.finish().rowKind(0) == .insert)
    }

    @Test func muchTextFillsABatchEarly() {
        let builder = BatchBuilder(schema: Self.schema)
        let large = [UInt8](repeating: 65, count: 1 << 20)
        while !builder.isFull {
            large.withUnsafeBytes { builder.setBytes(1, $0) }
            builder.commitRow()
        }
        #expect(builder.rowCount == BatchBuilder.maximumArenaByteCount >> 20)
    }
}
