package import ArgumentParser
internal import Columnar
internal import Dataflow
internal import Expressions
internal import Formats
internal import Operators
internal import StateBackends

/// Operators in one thread: each alone, and the temporal join between decoding and encoding.
package struct OperatorsBenchmark: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "operators",
        abstract: "Filter, projection, enrichment and temporal join, CPU time of one thread per row.",
        discussion:
            "Plays come up to 5 s out of order, 10,000 a second of event time, with a watermark after each batch.")

    @OptionGroup var options: MeasurementOptions

    @Option(help: "Pairs of user and film that have a rating.")
    var keys = 1_000_000

    @Option(help: "Plays of one repetition.")
    var rows = 1_000_000

    package init() {}

    package func run() throws {
        var report = MeasurementReport(options: options)
        let ratings = RatingBatches(keyCount: keys, rowCount: 0, seed: 1)
        let plays = PlayRecords(count: rows, keyCount: keys)
        let batches = try plays.batches()
        try measureCalc(batches, &report)
        try measureEnrichment(ratings, batches, &report)
        try report.measurePrepared("ratings into the join", operations: keys, unit: "ns/row") {
            let join = try Self.makeJoin()
            let collector = DroppingCollector()
            return {
                for batch in ratings.everyKey { try join.process(batch, input: 1, collector: collector) }
                try join.advance(to: Timestamp(microseconds: 1), collector: collector)
            }
        }
        try measureDeletes(ratings, &report)
        try report.measurePrepared("plays through the join", operations: rows, unit: "ns/row") {
            let join = try loadedJoin(ratings)
            let collector = DroppingCollector()
            return {
                for batch in batches {
                    try join.process(batch.rows, input: 0, collector: collector)
                    try join.advance(to: batch.watermark, collector: collector)
                }
                try join.advance(to: .max, collector: collector)
                precondition(collector.rowCount == rows, "\(collector.rowCount) rows of \(rows)")
            }
        }
        try report.measurePrepared("decode, filter, join, encode", operations: rows, unit: "ns/row") {
            let pipeline = try JoinPipeline(join: try loadedJoin(ratings))
            return {
                try pipeline.run(plays)
                precondition(pipeline.rowCount == plays.passingCount, "\(pipeline.rowCount) rows came out")
            }
        }
        report.finish()
    }

    /// Deletes of every key, which the enrichment forgets and the join keeps as the end of a version; and of every key once more.
    private func measureDeletes(_ ratings: RatingBatches, _ report: inout MeasurementReport) throws {
        let deletes = ratings.everyKey.map { batch in
            let kinds = RowKindColumn(capacity: batch.rowCount)
            for row in 0..<batch.rowCount { kinds.values[row] = RowKind.delete.rawValue }
            return RecordBatch(
                schema: batch.schema, columns: batch.columns, rowCount: batch.rowCount, rowKinds: kinds)
        }
        let collector = DroppingCollector()
        try report.measurePrepared("deletes into the enrichment", operations: keys, unit: "ns/row") {
            let enrichment = try Self.makeEnrichment()
            for batch in ratings.everyKey { try enrichment.process(batch, input: 1, collector: collector) }
            return { for batch in deletes { try enrichment.process(batch, input: 1, collector: collector) } }
        }
        try report.measurePrepared("deletes into the join", operations: keys, unit: "ns/row") {
            let join = try loadedJoin(ratings)
            return { for batch in deletes { try join.process(batch, input: 1, collector: collector) } }
        }
    }

    private func measureCalc(
        _ batches: [(rows: RecordBatch, watermark: Timestamp)], _ report: inout MeasurementReport
    ) throws {
        let schema = PlayRecords.schema
        let condition = try ScalarExpression.comparison(
            .greater, .column(schema, 2), .literal(Literal(.double(1), .double)))
        let projections = [
            ScalarExpression.column(schema, 0),
            try .arithmetic(.multiply, .column(schema, 2), .literal(Literal(.double(2), .double))),
        ]
        let output = Schema([Field("user_id", .bigint), Field("half_stars", .double)])
        let cases: [(String, CalcFactory)] = [
            ("filter", CalcFactory(condition: condition, projections: nil, output: schema)),
            ("filter and project", CalcFactory(condition: condition, projections: projections, output: output)),
        ]
        for (name, factory) in cases {
            let calc = try Self.opened(factory)
            let collector = DroppingCollector()
            try report.measure(name, operations: rows, unit: "ns/row") {
                for batch in batches { try calc.process(batch.rows, input: 0, collector: collector) }
            }
        }
    }

    private func measureEnrichment(
        _ ratings: RatingBatches, _ batches: [(rows: RecordBatch, watermark: Timestamp)],
        _ report: inout MeasurementReport
    ) throws {
        try report.measurePrepared("rows into the enrichment", operations: keys, unit: "ns/row") {
            let enrichment = try Self.makeEnrichment()
            let collector = DroppingCollector()
            return { for batch in ratings.everyKey { try enrichment.process(batch, input: 1, collector: collector) } }
        }
        let enrichment = try Self.makeEnrichment()
        let collector = DroppingCollector()
        for batch in ratings.everyKey { try enrichment.process(batch, input: 1, collector: collector) }
        try enrichment.caughtUp(input: 1, collector: collector)
        try report.measure("plays through the enrichment", operations: rows, unit: "ns/row") {
            for batch in batches { try enrichment.process(batch.rows, input: 0, collector: collector) }
        }
    }

    static func makeEnrichment() throws -> any Operator {
        try opened(
            KeyedEnrichmentFactory(
                join: JoinSpec(
                    kind: .left, left: PlayRecords.schema, right: RatingBatches.schema, leftKeys: [0, 1],
                    rightKeys: RatingBatches.keys)))
    }

    private func loadedJoin(_ ratings: RatingBatches) throws -> any Operator {
        let join = try Self.makeJoin()
        for batch in ratings.everyKey { try join.process(batch, input: 1, collector: DroppingCollector()) }
        return join
    }

    static func makeJoin() throws -> any Operator {
        let factory = TemporalJoinFactory(
            join: JoinSpec(
                kind: .left, left: PlayRecords.schema, right: RatingBatches.schema, leftKeys: [0, 1],
                rightKeys: RatingBatches.keys),
            leftTime: PlayRecords.time, rightTime: RatingBatches.time)
        return try opened(factory)
    }

    static func opened(_ factory: any OperatorFactory) throws -> any Operator {
        let made = try factory.makeOperator()
        let clock = ProcessingClock(now: { Timestamp(microseconds: 0) }, monotonicNanoseconds: { 0 })
        try made.open(
            OperatorContext(
                job: JobIdentity(name: "benchmark", instance: "benchmark"), operatorName: "measured", subtask: 0,
                parallelism: 1, keyGroupCount: KeyGroup.defaultCount, clock: clock, metrics: SubtaskMetrics(),
                makeLookup: { _ in throw DataflowError(.internal, "no lookup here") }))
        return made
    }
}

/// Counts what it is given.
final class DroppingCollector: Collector {
    private(set) var rowCount = 0

    func emit(_ batch: RecordBatch) { rowCount += batch.selectedCount }
    func emitDeadLetters(_ batch: RecordBatch) {}
}
