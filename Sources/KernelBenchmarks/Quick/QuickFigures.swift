internal import Columnar
internal import Dataflow
internal import Expressions
internal import Formats
internal import StateBackends

extension QuickFigure {
    /// How much of everything.
    enum Scale {
        case full
        /// Enough to see that it works.
        case small

        fileprivate var rows: Int { self == .full ? 200_000 : 4096 }
        fileprivate var rounds: Int { self == .full ? 8 : 1 }
        fileprivate var batches: Int { self == .full ? 1000 : 10 }
    }

    /// What the quick part measures: a kernel of each kind.
    static func all(scale: Scale = .full) throws -> [QuickFigure] {
        try json(scale) + expressions(scale) + state(scale) + operators(scale)
    }

    private static func json(_ scale: Scale) throws -> [QuickFigure] {
        let records = JSONRecords.plays(count: min(scale.rows, 32_768), order: .schema)
        let schema = Schema(JSONRecords.playFields.map { Field($0.0, $0.1) })
        let decoder = try Format.json(JSONOptions()).makeDecoder(fields: ScanField.all(of: schema))
        let builder = BatchBuilder(schema: schema)
        var batches: [RecordBatch] = []
        for index in 0..<records.count {
            if decoder.decode(records.payload(index), into: builder).isSuccess { builder.commitRow() }
            if builder.isFull { batches.append(builder.finish()) }
        }
        let encoder = try Format.json(JSONOptions()).makeEncoder(schema: schema, fields: WriteField.all(of: schema))
        let buffer = MessageBuffer()
        let rounds = scale.rounds
        return [
            QuickFigure(name: "json decode", operations: rounds * records.count) {
                for _ in 0..<rounds {
                    for index in 0..<records.count {
                        if decoder.decode(records.payload(index), into: builder).isSuccess { builder.commitRow() }
                        if builder.isFull { _ = builder.finish() }
                    }
                }
            },
            QuickFigure(name: "json encode", operations: rounds * records.count) {
                for _ in 0..<rounds {
                    for batch in batches {
                        buffer.removeAll()
                        encoder.encode(batch, into: buffer)
                    }
                }
            },
        ]
    }

    private static func expressions(_ scale: Scale) throws -> [QuickFigure] {
        let schema = Schema([Field("a", .bigint), Field("b", .bigint), Field("s", .string)])
        let batch = ExpressionsBatch.make(schema, nullEvery: 7, selectEvery: nil)
        let (a, b, s) = (
            ScalarExpression.column(schema, 0), ScalarExpression.column(schema, 1), ScalarExpression.column(schema, 2)
        )
        let context = EvaluationContext(now: 0)
        let rounds = scale.batches
        let sum = try CompiledProjection([try .arithmetic(.add, a, b)])
        let compared = try CompiledFilter(try .comparison(.less, a, b))
        let texts = try CompiledFilter(try .like(s, .literal(.string("%42%"))))
        return [
            QuickFigure(name: "expression BIGINT +", operations: rounds * batch.rowCount) {
                for _ in 0..<rounds { _ = try sum.evaluate(batch, context, errors: nil) }
            },
            QuickFigure(name: "filter BIGINT <", operations: rounds * batch.rowCount) {
                for _ in 0..<rounds { _ = try compared.evaluate(batch, context, errors: nil) }
            },
            QuickFigure(name: "filter LIKE", operations: rounds / 10 * batch.rowCount) {
                for _ in 0..<rounds / 10 { _ = try texts.evaluate(batch, context, errors: nil) }
            },
        ]
    }

    private static func state(_ scale: Scale) throws -> [QuickFigure] {
        let ratings = RatingBatches(keyCount: scale.rows, rowCount: scale.rows, seed: 1)
        let table = StateBenchmark.makeVersions()
        for batch in ratings.everyKey { try table.put(batch, horizon: .min) }
        let matches = TableMatches(capacity: RecordBatch.maximumRowCount)
        return [
            QuickFigure(name: "state put", operations: scale.rows) {
                let made = StateBenchmark.makeVersions()
                for batch in ratings.everyKey { try made.put(batch, horizon: .min) }
            },
            QuickFigure(name: "state find", operations: scale.rows) {
                for batch in ratings.random {
                    table.find(batch, keys: RatingBatches.keys, time: RatingBatches.time, into: matches)
                    _ = table.columns(matches, for: batch)
                }
            },
            QuickFigure(name: "state snapshot", operations: scale.rows) {
                table.writeFull(keyGroups: 0..<KeyGroup.defaultCount, into: SnapshotBuffer())
            },
        ]
    }

    private static func operators(_ scale: Scale) throws -> [QuickFigure] {
        let keys = scale.rows
        let ratings = RatingBatches(keyCount: keys, rowCount: 0, seed: 1)
        let plays = PlayRecords(count: keys, keyCount: keys)
        let batches = try plays.batches()
        let enrichment = try OperatorsBenchmark.makeEnrichment()
        let collector = DroppingCollector()
        for batch in ratings.everyKey { try enrichment.process(batch, input: 1, collector: collector) }
        try enrichment.caughtUp(input: 1, collector: collector)
        return [
            QuickFigure(name: "enrichment", operations: plays.count) {
                for batch in batches { try enrichment.process(batch.rows, input: 0, collector: collector) }
            },
            QuickFigure(name: "as-of join, ratings and plays", operations: keys + plays.count) {
                let join = try OperatorsBenchmark.makeJoin()
                for batch in ratings.everyKey { try join.process(batch, input: 1, collector: collector) }
                for batch in batches {
                    try join.process(batch.rows, input: 0, collector: collector)
                    try join.advance(to: batch.watermark, collector: collector)
                }
                try join.advance(to: .max, collector: collector)
            },
        ]
    }
}
