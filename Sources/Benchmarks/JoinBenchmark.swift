internal import ArgumentParser
internal import Columnar
internal import Dataflow
internal import Expressions
internal import Formats
internal import Operators
internal import StateBackends

/// Ratings before plays in one thread: the temporal join alone, and between decoding and encoding.
struct JoinBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "join",
        abstract: "Temporal join of plays with the rating before them, CPU time of one thread per row.",
        discussion:
            "Plays come up to 5 s out of order, 10,000 a second of event time, with a watermark after each batch.")

    @OptionGroup var options: MeasurementOptions

    @Option(help: "Pairs of user and film that have a rating.")
    var keys = 1_000_000

    @Option(help: "Plays of one repetition.")
    var rows = 1_000_000

    func run() throws {
        var report = MeasurementReport(options: options)
        let ratings = RatingBatches(keyCount: keys, rowCount: 0, seed: 1)
        let plays = PlayRecords(count: rows, keyCount: keys)
        let batches = try plays.batches()
        try measure("ratings into the join", keys, &report) {
            let join = try Self.makeJoin()
            let collector = DroppingCollector()
            return {
                for batch in ratings.everyKey { try join.process(batch, input: 1, collector: collector) }
                try join.advance(to: Timestamp(microseconds: 1), collector: collector)
            }
        }
        try measure("plays through the join", rows, &report) {
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
        try measure("decode, filter, join, encode", rows, &report) {
            let pipeline = try JoinPipeline(join: try loadedJoin(ratings))
            return {
                try pipeline.run(plays)
                precondition(pipeline.rowCount == plays.passingCount, "\(pipeline.rowCount) rows came out")
            }
        }
        report.finish()
    }

    /// - Parameter prepare: what is done before each repetition, not measured; returns what is.
    private func measure(
        _ name: String, _ operations: Int, _ report: inout MeasurementReport, prepare: () throws -> () throws -> Void
    ) throws {
        if !options.includes(name) { return }
        var samples: [Double] = []
        for _ in 0..<options.repetitions {
            let body = try prepare()
            let start = Measurement.nanoseconds(.thread)
            try body()
            samples.append(Double(Measurement.nanoseconds(.thread) - start) / Double(operations))
        }
        report.add(Measurement(name: name, unit: "ns/row", samples: samples))
    }

    private func loadedJoin(_ ratings: RatingBatches) throws -> any Operator {
        let join = try Self.makeJoin()
        for batch in ratings.everyKey { try join.process(batch, input: 1, collector: DroppingCollector()) }
        return join
    }

    private static func makeJoin() throws -> any Operator {
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
