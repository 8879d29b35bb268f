import Columnar
import StateBackends
import TestKit
import Testing

struct KeyedTableTests {
    /// Against a dictionary: random puts and removals, with a restore of the whole chain now and then.
    @Test(arguments: TableShape.allCases, TestBatchShape.allCases)
    func agreesWithADictionary(shape: TableShape, batchShape: TestBatchShape) throws {
        for seed in UInt64(1)...6 {
            var random = SeededRandom(seed: seed)
            let schema = shape.schema(withTime: false)
            // Half of them write most changes long before the barrier.
            let changesAhead = seed % 2 == 0 ? 20 : 8192
            var table = makeTable(shape, changesAhead)
            var expected: [[TestValue]: [TestValue]] = [:]
            var image = StateImage()
            for step in 0..<25 {
                let rows = (0..<Int.random(in: 1...300, using: &random)).map { _ in
                    let key = shape.key(Int64.random(in: 0..<700, using: &random))
                    let row = TestRow(key + shape.values(&random), kind: Self.kind(&random))
                    if row.kind == .delete { expected[key] = nil }
                    if row.kind == .insert || row.kind == .updateAfter {
                        expected[key] = Array(row.values.dropFirst(key.count))
                    }
                    return row
                }
                try table.put(.of(schema, rows, batchShape))
                #expect(table.entryCount == expected.count, "seed \(seed), step \(step)")
                let start = Int.random(in: 0..<120, using: &random)
                if random.happens(0.5) { image.capture([table], owned: 0..<128, full: start..<(start + 8)) }
                if random.happens(0.2) {
                    image.capture([table], owned: 0..<128, full: 0..<0)
                    table = makeTable(shape, changesAhead)
                    try image.restore([table], owned: 0..<128)
                }
                expectEqual(table, expected, shape, "seed \(seed), step \(step)")
            }
        }
    }

    @Test func removalsAreChanges() throws {
        let schema = TableShape.fixed.schema(withTime: false)
        let table = makeTable(.fixed)
        var image = StateImage()
        try table.put(.of(schema, [[1, 1, 2.5, 1], [1, 2, 3.5, 0]]))
        image.capture([table], owned: 0..<128, full: 0..<0)
        try table.put(.of(schema, [TestRow([1, 1, nil, nil], kind: .delete)]))
        image.capture([table], owned: 0..<128, full: 0..<0)
        let restored = makeTable(.fixed)
        try image.restore([restored], owned: 0..<128)
        #expect(restored.entryCount == 1)
    }

    @Test func nothingIsWrittenWithoutChanges() throws {
        let table = makeTable(.fixed)
        try table.put(.of(TableShape.fixed.schema(withTime: false), [[1, 1, 2.5, 1]]))
        #expect(table.takeChanges() != nil)
        #expect(table.takeChanges() == nil)
    }

    @Test func aKeyWrittenTwiceInAnEpochIsSavedOnce() throws {
        let schema = TableShape.fixed.schema(withTime: false)
        let sizes = try [1, 50].map { count in
            let table = makeTable(.fixed)
            for _ in 0..<count { try table.put(.of(schema, [[1, 1, 2.5, 1]])) }
            return try #require(table.takeChanges()).count
        }
        #expect(sizes[0] == sizes[1])
    }

    @Test func rowsWithANullInTheKeyAreNotHeld() throws {
        let schema = TableShape.fixed.schema(withTime: false)
        let table = makeTable(.fixed)
        try table.put(.of(schema, [[nil, 1, 2.5, 1], [1, nil, 2.5, 1]]))
        #expect(table.entryCount == 0)
    }

    @Test func zeroAndMinusZeroAreOneKey() throws {
        let schema = Schema([Field("key", .double), Field("value", .bigint)])
        let table = KeyedTable(name: "rows", schema: schema, keyColumns: [0], placement: everyKeyGroup)
        try table.put(.of(schema, [[0.0, 1], [-0.0, 2]]))
        #expect(table.entryCount == 1)
    }

    @Test func longKeysAndRowsAreRefusedByName() throws {
        let schema = Schema([Field("key", .string), Field("value", .string)])
        let table = KeyedTable(
            name: "films", schema: schema, keyColumns: [0], placement: everyKeyGroup,
            limits: StateLimits(maximumKeyByteCount: 20, maximumRowByteCount: 30))
        let long = TestValue.text(String(repeating: "x", count: 40))
        let key = #expect(throws: StateError.self) { try table.put(.of(schema, [[long, "a"]])) }
        let row = #expect(throws: StateError.self) { try table.put(.of(schema, [["a", long]])) }
        #expect(key?.code == .limitExceeded && row?.code == .limitExceeded)
        #expect(key?.message.contains("films") == true)
        try table.put(.of(schema, [["a", "b"]]))
        #expect(table.entryCount == 1)
    }

    @Test func removedEntriesAndTheirBytesAreUsedAgain() throws {
        let shape = TableShape.texts
        let schema = shape.schema(withTime: false)
        let table = makeTable(shape)
        var random = SeededRandom(seed: 9)
        var sizes: [Int] = []
        for round in 0..<20 {
            let rows = (0..<1000).map { TestRow(shape.key(Int64($0)) + shape.values(&random)) }
            try table.put(.of(schema, rows))
            if round >= 5 { sizes.append(table.byteCount) }
            try table.put(.of(schema, rows.map { TestRow($0.values, kind: .delete) }))
            _ = table.takeChanges()
            #expect(table.entryCount == 0)
        }
        #expect(Double(sizes.last ?? 0) < 1.2 * Double(sizes.first ?? 0), "\(sizes)")
    }

    @Test func brokenSnapshotsAreRefused() throws {
        let shape = TableShape.texts
        let table = makeTable(shape)
        var random = SeededRandom(seed: 3)
        try table.put(
            .of(shape.schema(withTime: false), (0..<30).map { TestRow(shape.key($0) + shape.values(&random)) }))
        let buffer = SnapshotBuffer()
        table.writeFull(keyGroups: 0..<128, into: buffer)
        let all = KeyGroupSet(count: 128, 0..<128)
        for length in stride(from: 1, to: buffer.count - 1, by: 7) {
            // A cut at the end of a record is a shorter snapshot: the store's checksums find that.
            let cut = UnsafeRawBufferPointer(rebasing: buffer.bytes[..<length])
            do throws(StateError) {
                try makeTable(shape).restore(cut, keyGroups: all)
            } catch {
                #expect(error.code == .corrupted)
            }
        }
        let other = Array(repeating: UInt8(0xff), count: 64)
        _ = other.withUnsafeBytes { bytes in
            #expect(throws: StateError.self) { try makeTable(shape).restore(bytes, keyGroups: all) }
        }
    }

    private static func kind(_ random: inout SeededRandom) -> RowKind {
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<5: .insert
        case 5..<7: .updateAfter
        case 7: .updateBefore
        default: .delete
        }
    }

    private func makeTable(_ shape: TableShape, _ changesAhead: Int = 8192) -> KeyedTable {
        KeyedTable(
            name: "rows", schema: shape.schema(withTime: false), keyColumns: shape.keyColumns, placement: everyKeyGroup,
            changesAhead: changesAhead)
    }

    private func expectEqual(
        _ table: KeyedTable, _ expected: [[TestValue]: [TestValue]], _ shape: TableShape, _ place: Comment
    ) {
        let schema = shape.schema(withTime: false)
        let keys = (0..<700).map { shape.key(Int64($0)) }
        let nothing = [TestValue](repeating: .null, count: schema.count - shape.keyColumns.count)
        let batch = RecordBatch.of(schema, keys.map { TestRow($0 + nothing) }, .selected)
        let matches = TableMatches(capacity: batch.rowCount)
        table.find(batch, keys: shape.keyColumns, into: matches)
        let found = batch.replacing(schema: schema, columns: table.columns(matches, for: batch)).testRows
        let wanted = keys.map { key in
            TestRow(expected[key].map { key + $0 } ?? Array(repeating: .null, count: schema.count))
        }
        #expect(found == wanted, place)
    }
}
