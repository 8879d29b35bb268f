internal import ArgumentParser
internal import BuiltinConnectors
internal import Columnar
internal import Dataflow
internal import Execution
internal import KernelBenchmarks
internal import StateBackends
internal import TestKit

/// What the runtime itself costs: batches that nobody computes with, from sources that repeat one batch to `blackhole`.
struct RuntimeBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runtime", abstract: "Chains and exchanges, CPU time of the process per batch of 2,048 rows.")

    @OptionGroup var options: MeasurementOptions

    @Option(help: "Batches of one repetition.")
    var batches = 20_000

    @Option(help: "Seconds for which the idle job is watched.")
    var idleSeconds = 3.0

    func run() throws {
        var report = MeasurementReport(options: options)
        try measure("source to sink, chained", 1, .forward, &report)
        try measure("source to sink, queue within one worker", 1, .forward, inputs: 2, &report)
        try measure("source to sink, hash exchange, 2 workers", 2, .hash(columns: [0]), &report)
        try measure("source to sink, rebalance, 2 workers", 2, .rebalance, &report)
        try measure("source to sink, hash exchange, 4 workers", 4, .hash(columns: [0]), &report)
        if options.includes("idle") { report.add(try idle()) }
        report.finish()
    }

    private func measure(
        _ name: String, _ parallelism: Int, _ partitioning: Partitioning, inputs: Int = 1,
        _ report: inout MeasurementReport
    ) throws {
        try report.measure(name, operations: batches * inputs, unit: "ns/batch", clock: .process) {
            let source = RepeatingSource(splitCount: parallelism, batchCount: batches / parallelism)
            let job = try start(source, parallelism, partitioning, inputs)
            job.finished.wait()
            job.execution.stop()
        }
    }

    /// Share of one core that a job spends which has read everything.
    private func idle() throws -> Measurement {
        let source = RepeatingSource(splitCount: 4, batchCount: 1, isBounded: false)
        let job = try start(source, 2, .hash(columns: [0]), 1)
        var samples: [Double] = []
        for _ in 0..<max(options.repetitions / 2, 1) {
            let (cpu, wall) = (Measurement.nanoseconds(.process), Measurement.nanoseconds(.wall))
            _ = Observed(false).wait(seconds: idleSeconds) { $0 }
            let share = Double(Measurement.nanoseconds(.process) - cpu) / Double(Measurement.nanoseconds(.wall) - wall)
            samples.append(share * 100)
        }
        job.execution.stop()
        return Measurement(name: "idle job, 2 workers", unit: "% of a core", samples: samples)
    }

    private func start(
        _ source: RepeatingSource, _ parallelism: Int, _ partitioning: Partitioning, _ inputs: Int
    ) throws -> (execution: JobExecution, finished: WakeUps) {
        let finished = WakeUps()
        var graph = JobGraph(vertices: [])
        let scan = graph.addSource("source", watermark: WatermarkStrategy(column: 2, delayMicroseconds: 1_000_000))
        let sink = graph.addSink(
            "sink", from: Array(repeating: (vertex: scan, partitioning: partitioning), count: inputs))
        let environment = ConnectorEnvironment(
            job: JobIdentity(name: "benchmark", instance: "1"), clock: .system, checkpointIntervalMilliseconds: 1000,
            log: { _ in })
        guard case .sink(let spec) = graph.vertices[sink].role else { preconditionFailure("vertex \(sink) is no sink") }
        let execution = try JobExecution(
            graph: graph, configuration: ExecutionConfiguration(parallelism: parallelism),
            parts: ExecutionParts(
                sources: [scan: source], sinks: [sink: try BlackholeConnector().makeSink(spec, environment)],
                makeLookup: { _, _ in throw DataflowError(.internal, "no lookups here") }), clock: .system,
            job: environment.job, events: { _ in finished.signal() })
        try execution.start(restored: RestoredJob())
        return (execution, finished)
    }
}

/// Splits that hand out one batch of 2,048 rows again and again.
private final class RepeatingSource: Source {
    private let splitCount: Int
    private let batchCount: Int
    private let isBounded: Bool
    private let batch = ScriptedRow.batch(
        (0..<RecordBatch.preferredRowCount).map { ScriptedRow(key: Int64($0), value: 1, time: Int64($0)) })

    init(splitCount: Int, batchCount: Int, isBounded: Bool = true) {
        self.splitCount = splitCount
        self.batchCount = batchCount
        self.isBounded = isBounded
    }

    func start(restored: [SplitState]) throws -> [SplitState] {
        (0..<splitCount).map { SplitState(id: SplitID(topic: "repeated", partition: Int32($0)), nextOffset: 0) }
    }

    func makeReader(splits: [SplitState], wakeUp: @escaping @Sendable () -> Void) throws -> any SourceReader {
        Reader(self, splits)
    }

    func endOffsets() -> [SplitID: Int64] { [:] }

    func stop() {}

    private final class Reader: SourceReader {
        let splits: [SplitID]
        private let source: RepeatingSource
        private var counts: [Int]

        init(_ source: RepeatingSource, _ states: [SplitState]) {
            self.source = source
            splits = states.map(\.id)
            counts = states.map { _ in 0 }
        }

        func read(split: Int, maximumRowCount: Int) throws -> SourceRead {
            if counts[split] == source.batchCount { return SourceRead(status: source.isBounded ? .finished : .atEnd) }
            counts[split] += 1
            return SourceRead(batch: source.batch, status: .more)
        }

        func state(split: Int) -> SplitState { SplitState(id: splits[split], nextOffset: Int64(counts[split])) }

        func isCaughtUp(split: Int) -> Bool { counts[split] == source.batchCount }

        func close() {}
    }
}
