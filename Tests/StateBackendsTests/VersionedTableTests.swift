import Columnar
import StateBackends
import TestKit
import Testing

struct VersionedTableTests {
    /// What the table must know, as plainly as can be: every version ever put, by key and time.
    private struct Oracle {
        var versions: [[TestValue]: [Int64: [TestValue]?]] = [:]

        func row(_ key: [TestValue], _ time: Int64) -> [TestValue]? {
            guard let held = versions[key], let newest = held.keys.filter({ $0 <= time }).max() else { return nil }
            return held[newest] ?? nil
        }
    }

    /// Random versions out of order, ties, deletes, sweeps and restores; asked at random times not before the horizon.
    @Test(arguments: TableShape.allCases)
    func agreesWithAListOfAllVersions(shape: TableShape) throws {
        for seed in UInt64(1)...6 {
            var random = SeededRandom(seed: seed)
            let schema = shape.schema(withTime: true)
            // Half of them write most changes long before the barrier.
            let changesAhead = seed % 2 == 0 ? 20 : 8192
            var table = makeTable(shape, changesAhead)
            var oracle = Oracle()
            var image = StateImage()
            var horizon: Int64 = 0
            for step in 0..<25 {
                let rows = (0..<Int.random(in: 1...200, using: &random)).map { _ in
                    version(shape, horizon, &random, &oracle)
                }
                try table.put(
                    .of(schema, rows, random.happens(0.5) ? .dense : .selected),
                    horizon: Timestamp(microseconds: horizon))
                let start = Int.random(in: 0..<120, using: &random)
                if random.happens(0.5) { image.capture([table], owned: 0..<128, full: start..<(start + 8)) }
                if random.happens(0.2) {
                    image.capture([table], owned: 0..<128, full: 0..<0)
                    table = makeTable(shape, changesAhead)
                    try image.restore([table], owned: 0..<128)
                }
                horizon += Int64.random(in: 0...20, using: &random)
                if random.happens(0.7) { table.sweep(horizon: Timestamp(microseconds: horizon), budget: 100) }
                expectEqual(table, oracle, shape, from: horizon, &random, "seed \(seed), step \(step)")
            }
        }
    }

    @Test func ofEqualTimesTheLaterRowStays() throws {
        let table = makeTable(.fixed)
        let schema = TableShape.fixed.schema(withTime: true)
        try table.put(.of(schema, [[1, 1, 1.0, nil, 10], [1, 1, 2.0, nil, 10]]), horizon: .min)
        try table.put(.of(schema, [[1, 1, 3.0, nil, 10]]), horizon: .min)
        #expect(table.versionCount == 1)
        #expect(find(table, .fixed, [1, 1], 10) == [1, 1, 3.0, nil, 10])
    }

    @Test func whatNobodyCanAskForIsSweptAway() throws {
        let table = makeTable(.texts)
        let schema = TableShape.texts.schema(withTime: true)
        for time in Int64(0)..<200 {
            let rows = (0..<20).map { TestRow(TableShape.texts.key($0) + [.text("title \(time)"), 1, .integer(time)]) }
            try table.put(.of(schema, rows), horizon: Timestamp(microseconds: 0))
        }
        #expect(table.versionCount == 4000)
        for _ in 0..<2 { table.sweep(horizon: Timestamp(microseconds: 150), budget: 1000) }
        // From the newest version at or before the horizon on.
        #expect(table.versionCount == 20 * 50)
        #expect(find(table, .texts, TableShape.texts.key(3), 150) == TableShape.texts.key(3) + ["title 150", 1, 150])
    }

    @Test func nothingIsLookedAtBeforeTheHorizonThatLetsSomethingGo() throws {
        let table = makeTable(.fixed)
        let schema = TableShape.fixed.schema(withTime: true)
        func put(_ key: Int64, _ time: Int64) throws {
            let row = TestRow(TableShape.fixed.key(key) + [1.0, nil, .integer(time)])
            try table.put(.of(schema, [row]), horizon: .min)
        }
        func sweep(_ horizon: Int64, budget: Int = 1000) {
            table.sweep(horizon: Timestamp(microseconds: horizon), budget: budget)
        }
        for key in Int64(0)..<50 { for time in [100, 200 + key, 400] { try put(key, time) } }
        sweep(150)
        // A whole round has found out that the first second version begins at 200.
        #expect(table.sweepIsUsefulFrom == Timestamp(microseconds: 200))
        sweep(199)
        #expect(table.versionCount == 150)
        sweep(224)
        #expect(table.versionCount == 150 - 25)
        #expect(table.sweepIsUsefulFrom == Timestamp(microseconds: 225))
        // What comes for a key that is held may let something go earlier; a new key's first row does not.
        try put(60, 90)
        #expect(table.sweepIsUsefulFrom == Timestamp(microseconds: 225))
        try put(60, 110)
        #expect(table.sweepIsUsefulFrom == Timestamp(microseconds: 110))
        // Looked at in small pieces, a round ends the same.
        for _ in 0..<100 { sweep(500, budget: 2) }
        sweep(500)
        #expect(table.versionCount == table.entryCount)
        #expect(table.entryCount == 51)
        #expect(find(table, .fixed, TableShape.fixed.key(7), 500) == TableShape.fixed.key(7) + [1.0, nil, 400])
    }

    @Test func keysOfWhichOnlyAnOldDeleteIsLeftVanish() throws {
        let table = makeTable(.fixed)
        let schema = TableShape.fixed.schema(withTime: true)
        let row: TestRow = [1, 1, 2.5, 1, 10]
        try table.put(.of(schema, [row, TestRow([1, 1, nil, nil, 20], kind: .delete)]), horizon: .min)
        _ = table.takeChanges()
        table.sweep(horizon: Timestamp(microseconds: 19), budget: 100)
        #expect(table.entryCount == 1)
        table.sweep(horizon: Timestamp(microseconds: 20), budget: 100)
        #expect(table.entryCount == 0)
        #expect(table.versionCount == 0)
    }

    @Test func manyVersionsOfOneKeyStayInOrder() throws {
        let table = makeTable(.fixed)
        let schema = TableShape.fixed.schema(withTime: true)
        var random = SeededRandom(seed: 5)
        for times in (Int64(0)..<5000).shuffled(using: &random).chunks(of: 500) {
            try table.put(
                .of(schema, times.map { [1, 1, .double(Double($0)), nil, .integer($0)] }), horizon: .min)
        }
        #expect(table.versionCount == 5000)
        for time in stride(from: Int64(0), to: 5000, by: 97) {
            #expect(find(table, .fixed, [1, 1], time)?[2] == .double(Double(time)))
        }
    }

    /// The ratings of the example: two keys of 8 bytes, a number and a time.
    @Test func aVersionTakesAtMost150Bytes() throws {
        let schema = Schema([
            Field("user_id", .bigint), Field("movie_id", .bigint), Field("rating", .double),
            Field("ts", .timestampLTZ(precision: 3)),
        ])
        for keyCount in [20_000, 100_000] {
            let table = VersionedTable(
                name: "versions", schema: schema, keyColumns: [0, 1], timeColumn: 3, placement: everyKeyGroup)
            for start in stride(from: 0, to: keyCount, by: 2000) {
                let rows: [TestRow] = (start..<(start + 2000)).map {
                    [.integer(Int64($0) / 100), .integer(Int64($0) % 100), 4.5, .integer(Int64($0))]
                }
                try table.put(.of(schema, rows), horizon: .min)
            }
            #expect(table.versionCount == keyCount)
            #expect(table.byteCount / table.versionCount <= 150, "\(table.byteCount / table.versionCount) bytes")
        }
    }

    private func makeTable(_ shape: TableShape, _ changesAhead: Int = 8192) -> VersionedTable {
        let schema = shape.schema(withTime: true)
        return VersionedTable(
            name: "versions", schema: schema, keyColumns: shape.keyColumns, timeColumn: schema.count - 1,
            placement: everyKeyGroup, changesAhead: changesAhead)
    }

    /// More versions of a key than are put back at once, and more memory than the first small pieces.
    @Test func muchIsRestoredWhole() throws {
        let table = makeTable(.texts, 1000)
        let schema = TableShape.texts.schema(withTime: true)
        let note = TestValue.text(String(repeating: "n", count: 700))
        for round in Int64(0)..<10 {
            let rows = (Int64(0)..<2000).map { number in
                let key = number % 2 == 0 ? number : 1
                return TestRow(TableShape.texts.key(key) + [note, 1, .integer(round * 2000 + number)])
            }
            try table.put(.of(schema, rows), horizon: .min)
        }
        var image = StateImage()
        image.capture([table], owned: 0..<128, full: 0..<64)
        let restored = makeTable(.texts)
        try image.restore([restored], owned: 0..<128)
        #expect(restored.entryCount == table.entryCount)
        #expect(restored.versionCount == 20_000)
        for (key, time) in [(Int64(1), Int64(1999)), (1, 19_999), (1998, 1998), (500, 18_500)] {
            let found = find(restored, .texts, TableShape.texts.key(key), time)
            #expect(found == TableShape.texts.key(key) + [note, 1, .integer(time)])
        }
    }

    private func version(
        _ shape: TableShape, _ horizon: Int64, _ random: inout SeededRandom, _ oracle: inout Oracle
    ) -> TestRow {
        let key = shape.key(Int64.random(in: 0..<60, using: &random))
        let time = Int64.random(in: horizon...(horizon + 100), using: &random)
        let values = shape.values(&random) + [.integer(time)]
        let isDelete = random.happens(0.15)
        oracle.versions[key, default: [:]][time] = .some(isDelete ? nil : key + values)
        return TestRow(key + values, kind: isDelete ? .delete : .insert)
    }

    private func expectEqual(
        _ table: VersionedTable, _ oracle: Oracle, _ shape: TableShape, from horizon: Int64,
        _ random: inout SeededRandom, _ place: Comment
    ) {
        for _ in 0..<100 {
            let key = shape.key(Int64.random(in: 0..<65, using: &random))
            let time = Int64.random(in: horizon...(horizon + 120), using: &random)
            #expect(find(table, shape, key, time) == oracle.row(key, time), place)
        }
    }

    private func find(_ table: VersionedTable, _ shape: TableShape, _ key: [TestValue], _ time: Int64) -> [TestValue]? {
        let schema = shape.schema(withTime: true)
        let nothing = [TestValue](repeating: .null, count: schema.count - key.count - 1)
        let batch = RecordBatch.of(schema, [TestRow(key + nothing + [.integer(time)])], .selected)
        let matches = TableMatches(capacity: batch.rowCount)
        table.find(batch, keys: shape.keyColumns, time: schema.count - 1, into: matches)
        let row = batch.replacing(schema: schema, columns: table.columns(matches, for: batch)).testRows[0].values
        return matches.isMatched(1) ? row : nil
    }
}

extension Array {
    fileprivate func chunks(of size: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: count, by: size).map { self[$0..<Swift.min(count, $0 + size)] }
    }
}
