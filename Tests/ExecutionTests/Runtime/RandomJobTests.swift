import Dataflow
import StateBackends
import TestKit
import Testing

@testable import Execution

/// Jobs of random shape under random pressure: they never block for good, lose nothing and double nothing.
@Suite(.timeLimit(.minutes(10)))
struct RandomJobTests {
    /// A random graph with the number of rows that must reach each sink.
    private struct Job {
        let harness = RuntimeHarness()
        var random: SeededRandom
        let parallelism: Int
        var sources: [ScriptedSource] = []
        var sinks: [(sink: CollectingSink, rowCount: Int)] = []
        /// Rows that leave each vertex.
        private var outputs: [Int] = []

        init(seed: UInt64) {
            random = SeededRandom(seed: seed)
            parallelism = Int.random(in: 1...4, using: &random)
            for number in 0..<Int.random(in: 1...3, using: &random) { addSource(number) }
            for number in 0..<Int.random(in: 1...5, using: &random) { addOperator(number) }
            let used = Set(harness.graph.vertices.flatMap { $0.inputs.map(\.from) })
            for vertex in harness.graph.vertices.indices where !used.contains(vertex) { addSink(vertex) }
        }

        private mutating func addSource(_ number: Int) {
            let splitCount = Int.random(in: 1...4, using: &random)
            let source = ScriptedSource(topic: "t\(number)", splitCount: splitCount)
            let strategy = WatermarkStrategy(
                column: 2, delayMicroseconds: Int64.random(in: 0...50, using: &random), idleTimeoutMilliseconds: 1,
                maximumDriftMicroseconds: Int64.random(in: 10...1000, using: &random))
            let vertex = harness.graph.addSource(
                "source\(number)", watermark: random.happens(0.7) ? strategy : nil, parallelism: randomParallelism())
            harness.parts.sources[vertex] = source
            sources.append(source)
            var rowCount = 0
            for split in 0..<splitCount {
                let count = Int.random(in: 0...1500, using: &random)
                let speed = Int64.random(in: 1...3, using: &random)
                source.append(
                    (0..<count).map {
                        ScriptedRow(key: Int64.random(in: 0..<40, using: &random), value: 1, time: Int64($0) * speed)
                    }, to: split)
                rowCount += count
            }
            outputs.append(rowCount)
        }

        private mutating func addOperator(_ number: Int) {
            let inputs = (0..<Int.random(in: 1...3, using: &random)).map { _ in
                (vertex: outputs.indices.randomElement(using: &random) ?? 0, partitioning: randomPartitioning())
            }
            let count = randomParallelism()
            let gates = inputs.count > 1 && random.happens(0.4) ? [0: 1] : [:]
            let vertex = harness.graph.addOperator("operator\(number)", from: inputs, parallelism: count) {
                PassThroughOperator(gates: gates)
            }
            addOutput(vertex, inputs)
        }

        private mutating func addSink(_ from: Int) {
            let inputs = [(vertex: from, partitioning: randomPartitioning())]
            let vertex = harness.graph.addSink("sink\(from)", from: inputs, parallelism: randomParallelism())
            let sink = CollectingSink(keepsRows: false)
            harness.parts.sinks[vertex] = sink
            addOutput(vertex, inputs)
            sinks.append((sink, outputs[vertex]))
        }

        private mutating func addOutput(_ vertex: Int, _ inputs: [(vertex: Int, partitioning: Partitioning)]) {
            let copies = harness.graph.vertices[vertex].parallelism ?? parallelism
            outputs.append(
                inputs.reduce(0) { $0 + outputs[$1.vertex] * ($1.partitioning == .broadcast ? copies : 1) })
        }

        private mutating func randomParallelism() -> Int? {
            random.happens(0.3) ? Int.random(in: 1...4, using: &random) : nil
        }

        private mutating func randomPartitioning() -> Partitioning {
            [.forward, .hash(columns: [0]), .hash(columns: [0]), .rebalance, .broadcast].randomElement(using: &random)
                ?? .forward
        }
    }

    @Test(arguments: 1...40)
    func finishesWithEveryRowInEverySink(seed: Int) throws {
        var job = Job(seed: UInt64(seed))
        let batchRowCount = Int.random(in: 1...100, using: &job.random)
        let queueCapacity = Int.random(in: 1...3, using: &job.random)
        try job.harness.start(parallelism: job.parallelism) {
            $0.batchRowCount = batchRowCount
            $0.queueCapacity = queueCapacity
        }
        for epoch in 1...5 {
            for sink in job.sinks where job.random.happens(0.5) {
                sink.sink.setReady(false)
                sink.sink.setReady(true)
            }
            for source in job.sources where job.random.happens(0.5) { source.wake() }
            _ = try job.harness.checkpoint(Int64(epoch))
        }
        for source in job.sources {
            for split in source.endOffsets().keys { source.setEnding(.finished, of: Int(split.partition)) }
        }
        let finished = job.harness.waitForFinish()
        #expect(finished, "seed \(seed)")
        for (sink, rowCount) in job.sinks { #expect(sink.state.read { $0.rowCount } == rowCount, "seed \(seed)") }
        #expect(try job.harness.checkpoint(6).isFinal, "seed \(seed)")
        #expect(job.harness.failures.isEmpty, "seed \(seed)")
    }
}
