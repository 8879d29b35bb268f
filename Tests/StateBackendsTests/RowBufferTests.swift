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

    private func makeBuffer() -> RowBuffer {
        RowBuffer(name: "waiting", schema: schema, keyColumns: [0], timeColumn: 3, placement: everyKeyGroup)
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
