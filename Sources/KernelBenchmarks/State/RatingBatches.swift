package import Columnar
internal import TestKit

/// Made-up ratings of `keyCount` pairs of user and film.
package struct RatingBatches {
    package static let schema = Schema([
        Field("user_id", .bigint, isNullable: false), Field("movie_id", .bigint, isNullable: false),
        Field("rating", .double), Field("ts", .timestampLTZ(precision: 3)),
    ])
    package static let keys = [0, 1]
    package static let time = 3

    /// Each key once, in random order.
    package let everyKey: [RecordBatch]
    /// Random keys, later than all of `everyKey`.
    package let random: [RecordBatch]
    package let rowCount: Int

    package init(keyCount: Int, rowCount: Int, seed: UInt64) {
        var generator = SeededRandom(seed: seed)
        everyKey = Self.batches((0..<keyCount).shuffled(using: &generator), from: 0)
        random = Self.batches(
            (0..<rowCount).map { _ in Int.random(in: 0..<keyCount, using: &generator) }, from: Int64(keyCount) * 1000)
        self.rowCount = rowCount
    }

    private static func batches(_ keys: [Int], from time: Int64) -> [RecordBatch] {
        stride(from: 0, to: keys.count, by: RecordBatch.preferredRowCount).map { start in
            let count = Swift.min(RecordBatch.preferredRowCount, keys.count - start)
            let columns = schema.fields.map { Column(type: $0.type, capacity: count) }
            for row in 0..<count {
                columns[0].int64s[row] = Int64(keys[start + row] / 1000)
                columns[1].int64s[row] = Int64(keys[start + row] % 1000)
                columns[2].doubles[row] = Double(keys[start + row] % 10) / 2
                columns[3].int64s[row] = time + Int64(start + row) * 1000
            }
            for column in columns { column.setAllValid(count) }
            return RecordBatch(schema: schema, columns: columns, rowCount: count)
        }
    }
}
