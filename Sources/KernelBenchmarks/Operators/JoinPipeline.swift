internal import Columnar
internal import Dataflow
internal import Expressions
internal import Formats
internal import Operators

/// JSON, a filter, the temporal join, JSON: everything of the example's job but Kafka and PostgreSQL.
final class JoinPipeline {
    private let filter: any Operator
    private let join: any Operator
    private let filtered: PassingCollector
    private let encoded: EncodingCollector

    init(join: any Operator) throws {
        let condition = try ScalarExpression.comparison(
            .greater, .column(PlayRecords.schema, 2), .literal(Literal(.double(1), .double)))
        filter = try OperatorsBenchmark.opened(
            CalcFactory(condition: condition, projections: nil, output: PlayRecords.schema))
        self.join = join
        let right = RatingBatches.schema.fields.map { Field("rated_\($0.name)", $0.type) }
        encoded = try EncodingCollector(Schema(PlayRecords.schema.fields + right))
        filtered = PassingCollector(join, encoded)
    }

    var rowCount: Int { encoded.rowCount }

    func run(_ plays: PlayRecords) throws {
        let decoder = try plays.decoder()
        let builder = BatchBuilder(schema: PlayRecords.schema)
        for index in 0..<plays.count {
            if decoder.decode(plays.records.payload(index), into: builder).isSuccess { builder.commitRow() }
            if !builder.isFull && index < plays.count - 1 { continue }
            try filter.process(builder.finish(), input: 0, collector: filtered)
            if let error = filtered.error { throw error }
            try join.advance(to: plays.watermark(after: index), collector: encoded)
        }
        try join.advance(to: .max, collector: encoded)
    }
}

/// Hands batches to an operator.
private final class PassingCollector: Collector {
    private let target: any Operator
    private let output: any Collector
    private(set) var error: (any Error)?

    init(_ target: any Operator, _ output: any Collector) {
        self.target = target
        self.output = output
    }

    func emit(_ batch: RecordBatch) {
        do {
            try target.process(batch, input: 0, collector: output)
        } catch {
            self.error = error
        }
    }

    func emitDeadLetters(_ batch: RecordBatch) {}
}

/// Writes rows as JSON and forgets them.
private final class EncodingCollector: Collector {
    private let encoder: any RowEncoder
    private let buffer = MessageBuffer()
    private(set) var rowCount = 0

    init(_ schema: Schema) throws {
        encoder = try Format.json(JSONOptions()).makeEncoder(schema: schema, fields: WriteField.all(of: schema))
    }

    func emit(_ batch: RecordBatch) {
        buffer.removeAll()
        encoder.encode(batch, into: buffer)
        rowCount += batch.selectedCount
    }

    func emitDeadLetters(_ batch: RecordBatch) {}
}
