import Columnar
import StateBackends
import TestKit
import Testing

struct RowBufferTests {
    private let schema = Schema([
        Field("user", .bigint), Field("device", .string), Field("seen", .boolean),
        Field("ts", .timestampLTZ(precision: 3)),
    ])

    /// Random batches of every size, watermarks, snapshots and restores; rows must come out once, in order of time and
    /// arrival.
    @Test func everyRowComesOutOnceAndInOrder() throws {
        for seed in UInt64(1)...6 {
            var random = SeededRandom(seed: seed)
            var buffer = makeBuffer()
            var waiting: [(time: Int64, row: TestRow)] = []
            var image = StateImage()
            var watermark: Int64 = 0
            var number: Int64 = 0
            for step in 0..<30 {
                let count =
                    random.happens(0.3)
                    ? Int.random(in: 512...3000, using: &random) : Int.random(in: 1...60, using: &random)
                let rows = (0..<count).map { _ in
                    let time = watermark + 1 + Int64.random(in: 0..<5000, using: &random)
                    number += 1
                    let row: TestRow = [
                        random.happens(0.1) ? nil : .integer(number), .text(TableShape.text(number)),
                        .integer(number % 2),
                        .integer(time),
                    ]
                    waiting.append((time, row))
                    return row
                }
                buffer.append(.of(schema, rows, random.happens(0.5) ? .dense : .selected))
                if random.happens(0.3) {
                    let start = Int.random(in: 0..<120, using: &random)
                    image.capture([buffer], owned: 0..<128, full: start..<(start + 8))
                }
                if random.happens(0.7) {
                    watermark += Int64.random(in: 0..<2000, using: &random)
                    expectReleased(buffer, &waiting, upTo: watermark, "seed \(seed), step \(step)")
                }
                if random.happens(0.15) {
                    image.capture([buffer], owned: 0..<128, full: 0..<0)
                    buffer = makeBuffer()
                    try image.restore([buffer], owned: 0..<128)
                    // A snapshot keeps the order of arrival only within what came together.
                    #expect(buffer.entryCount == waiting.count, "seed \(seed), step \(step)")
                }
            }
            expectReleased(buffer, &waiting, upTo: .max, "seed \(seed), end")
            #expect(buffer.entryCount == 0)
        }
    }

    @Test func rowsOfEqualTimeKeepTheirOrder() {
        let buffer = makeBuffer()
        var random = SeededRandom(seed: 1)
        var number: Int64 = 0
        for count in [3, 700, 5, 2048, 1, 1] {
            let rows: [TestRow] = (0..<count).map { _ in
                number += 1
                return [.integer(number), "tv", 1, .integer(Int64.random(in: 1...3, using: &random))]
            }
            buffer.append(.of(schema, rows, .dense))
        }
        var released: [TestRow] = []
        buffer.release(upTo: .max) { released += $0.testRows }
        let expected = released.sorted { left, right in
            (left.time, left.number) < (right.time, right.number)
        }
        #expect(released == expected)
        #expect(released.count == 2758)
    }

    @Test func releasedRowsAreNotSaved() throws {
        let buffer = makeBuffer()
        buffer.append(.of(schema, [[1, "tv", 1, 10], [2, "tv", 1, 20]]))
        buffer.release(upTo: Timestamp(microseconds: 10)) { _ in }
        var image = StateImage()
        image.capture([buffer], owned: 0..<128, full: 0..<0)
        let restored = makeBuffer()
        try image.restore([restored], owned: 0..<128)
        var rows: [TestRow] = []
        restored.release(upTo: .max) { rows += $0.testRows }
        #expect(rows == [[2, "tv", 1, 20]])
    }

    @Test func batchesHaveALimit() {
        let buffer = makeBuffer()
        for _ in 0..<3 {
            buffer.append(.of(schema, (0..<3000).map { [.integer($0), nil, nil, .integer($0)] }))
        }
        var sizes: [Int] = []
        buffer.release(upTo: .max) { sizes.append($0.rowCount) }
        #expect(sizes.reduce(0, +) == 9000)
        #expect(sizes.allSatisfy { $0 <= RecordBatch.preferredRowCount })
    }

    /// Rows of two topics, of which the even ones say where they come from.
    private func placed(_ rows: [TestRow], _ shape: TestBatchShape) -> RecordBatch {
        let batch = RecordBatch.of(schema, rows, shape)
        let fields = RowBuffer.placeSchema.fields + [Field("raw_value", .bytes)]
        let step = batch.rowCount / rows.count
        let origins = (0..<batch.rowCount).map { row -> TestRow in
            let number = rows[row / step].number
            if number % 2 == 1 { return [nil, nil, nil, nil, nil] }
            return [
                number % 4 == 0 ? "plays" : "others", .integer(number % 3), .integer(number), .integer(number * 1000),
                "bytes",
            ]
        }
        return batch.tracking(origins: .of(Schema(fields), origins))
    }

    private func expectPlaced(_ batch: RecordBatch, isKnown: (Int64) -> Bool) {
        let rows = batch.testRows
        let places = batch.origins?.testRows ?? []
        #expect(places.count == rows.count)
        for (row, place) in zip(rows, places) {
            let number = row.number
            let expected: TestRow =
                number % 2 == 1 || !isKnown(number)
                ? [nil, nil, nil, nil]
                : [
                    number % 4 == 0 ? "plays" : "others", .integer(number % 3), .integer(number),
                    .integer(number * 1000),
                ]
            #expect(place == expected)
        }
    }

    /// Big batches and small ones, changes and whole snapshots: every row keeps its own place.
    @Test(arguments: TestBatchShape.allCases)
    func rowsComeOutWithThePlacesOfTheirRecords(shape: TestBatchShape) throws {
        var buffer = makeBuffer(.kept)
        var image = StateImage()
        var number: Int64 = 0
        for count in [700, 3, 1000, 1, 60] {
            let rows: [TestRow] = (0..<count).map { _ in
                number += 1
                return [.integer(number), "tv", 1, .integer(number * 7 % 1000 + 1)]
            }
            buffer.append(placed(rows, shape))
            image.capture([buffer], owned: 0..<128, full: count == 3 ? 0..<64 : 0..<0)
            let restored = makeBuffer(.kept)
            try image.restore([restored], owned: 0..<128)
            #expect(restored.entryCount == buffer.entryCount)
            if count != 1 { buffer = restored }
        }
        var count = 0
        buffer.release(upTo: Timestamp(microseconds: 500)) { batch in
            count += batch.rowCount
            expectPlaced(batch) { _ in true }
        }
        buffer.release(upTo: .max) { batch in
            count += batch.rowCount
            expectPlaced(batch) { _ in true }
        }
        #expect(count == Int(number))
    }

    @Test func aBufferThatKeepsPlacesReadsOneThatDoesNotAndTheOtherWayRound() throws {
        let rows: [TestRow] = (1...20).map { [.integer($0), "tv", 1, .integer($0)] }
        for (before, after) in [(RowBuffer.Places.dropped, RowBuffer.Places.kept), (.kept, .dropped)] {
            let saved = makeBuffer(before)
            saved.append(placed(rows, .dense))
            var image = StateImage()
            image.capture([saved], owned: 0..<128, full: 0..<0)
            let restored = makeBuffer(after)
            #expect(restored.descriptor.change(from: saved.descriptor) == nil)
            #expect(restored.descriptor != saved.descriptor)
            try image.restore([restored], owned: 0..<128)
            restored.append(placed([[22, "tv", 1, 30]], .dense))
            image.capture([restored], owned: 0..<128, full: 0..<0)
            let again = makeBuffer(after)
            try image.restore([again], owned: 0..<128)
            var released: [TestRow] = []
            again.release(upTo: .max) { batch in
                released += batch.testRows
                if after == .kept { expectPlaced(batch) { $0 == 22 } } else { #expect(batch.origins == nil) }
            }
            #expect(released == rows + [[22, "tv", 1, 30]])
        }
    }

    /// The origins of a batch share their memory with the records' bytes, which must not be held.
    @Test func placesHoldNoBytesOfRecords() {
        let origins = BatchBuilder(schema: Schema(RowBuffer.placeSchema.fields + [Field("raw_value", .bytes)]))
        let bytes = [UInt8](repeating: 1, count: 1000)
        var rows: [TestRow] = []
        for number in 0..<Int64(1000) {
            rows.append([.integer(number), nil, nil, .integer(number + 1)])
            "plays".utf8.withContiguousStorageIfAvailable { origins.setBytes(0, UnsafeRawBufferPointer($0)) }
            origins.setInt32(1, 0)
            origins.setInt64(2, number)
            bytes.withUnsafeBytes { origins.setBytes(4, $0) }
            origins.commitRow()
        }
        let buffer = makeBuffer(.kept)
        buffer.append(RecordBatch.of(schema, rows).tracking(origins: origins.finish()))
        #expect(buffer.byteCount < 150_000, "\(buffer.byteCount)")
    }

    private func makeBuffer(_ places: RowBuffer.Places = .dropped) -> RowBuffer {
        RowBuffer(
            name: "waiting", RowBuffer.Shape(schema: schema, keyColumns: [0], timeColumn: 3, places: places),
            placement: everyKeyGroup)
    }

    private func expectReleased(
        _ buffer: RowBuffer, _ waiting: inout [(time: Int64, row: TestRow)], upTo watermark: Int64, _ place: Comment
    ) {
        var released: [TestRow] = []
        buffer.release(upTo: Timestamp(microseconds: watermark)) { released += $0.testRows }
        #expect(Set(released) == Set(waiting.filter { $0.time <= watermark }.map(\.row)), place)
        #expect(zip(released, released.dropFirst()).allSatisfy { $0.time <= $1.time }, place)
        waiting.removeAll { $0.time <= watermark }
        #expect(buffer.entryCount == waiting.count, place)
    }
}

extension TestRow {
    fileprivate var time: Int64 { integer(3) }
    fileprivate var number: Int64 { integer(0) }

    private func integer(_ column: Int) -> Int64 {
        if case .integer(let value) = values[column] { return value }
        return .min
    }
}
