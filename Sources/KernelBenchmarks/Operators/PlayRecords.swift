internal import ArgumentParser
internal import Columnar
internal import Formats
internal import TestKit

/// Made-up plays as JSON of about 82 bytes, in order of arrival: up to 5 s out of order.
struct PlayRecords {
    static let schema = Schema([
        Field("user_id", .bigint), Field("movie_id", .bigint), Field("rating", .double),
        Field("ts", .timestampLTZ(precision: 3)), Field("device", .string),
    ])
    static let time = 3
    /// Later than every rating of `RatingBatches`.
    private static let start = 1_700_000_000_000
    private static let disorderMilliseconds = 5000

    let records: JSONRecords
    let count: Int
    /// Plays with a rating above 1.0, which the pipeline's filter keeps.
    let passingCount: Int

    init(count: Int, keyCount: Int) {
        var generator = SeededRandom(seed: 3)
        let devices = ["tv", "web", "phone", "tablet", "console"]
        var passing = 0
        records = JSONRecords(
            (0..<count).map { index in
                let key = Int.random(in: 0..<keyCount, using: &generator)
                let time = Self.start + index / 10 - Int.random(in: 0..<Self.disorderMilliseconds, using: &generator)
                let rating = Double(generator.next() % 10 + 1) / 2
                passing += rating > 1 ? 1 : 0
                let device = devices[Int(generator.next() % 5)]
                return #"{"user_id":\#(key / 1000),"movie_id":\#(key % 1000),"rating":\#(rating),"ts":\#(time)"#
                    + #","device":"\#(device)"}"#
            })
        self.count = count
        passingCount = passing
    }

    /// The watermark after the record at `index`.
    func watermark(after index: Int) -> Timestamp {
        Timestamp(milliseconds: Int64(Self.start + index / 10 - Self.disorderMilliseconds - 1))
    }

    func decoder() throws -> any RowDecoder {
        try Format.json(JSONOptions()).makeDecoder(fields: ScanField.all(of: Self.schema))
    }

    /// All records decoded, with the watermark after each batch.
    func batches() throws -> [(rows: RecordBatch, watermark: Timestamp)] {
        let decoder = try decoder()
        let builder = BatchBuilder(schema: Self.schema)
        var result: [(RecordBatch, Timestamp)] = []
        for index in 0..<count {
            let status = decoder.decode(records.payload(index), into: builder)
            guard status.isSuccess else { throw ValidationError(status.message(fields: decoder.fields)) }
            builder.commitRow()
            if builder.isFull || index == count - 1 { result.append((builder.finish(), watermark(after: index))) }
        }
        return result
    }
}
