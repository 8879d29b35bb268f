import Dataflow
import TestKit
import Testing

@testable import Execution

/// Inputs that operators refuse until another one is loaded.
@Suite(.timeLimit(.minutes(5)))
struct GatedInputTests {
    private static func rows(_ count: Int) -> [ScriptedRow] {
        (0..<count).map { ScriptedRow(key: Int64($0), value: Int64($0), time: Int64($0)) }
    }

    @Test(arguments: [1, 2, 4])
    func leftSideWaitsUntilTheRightIsLoadedAndCheckpointsPass(parallelism: Int) throws {
        let harness = RuntimeHarness()
        let (left, right) = (ScriptedSource(topic: "left", splitCount: 2), ScriptedSource(splitCount: 2))
        left.append(Self.rows(1000), to: 0)
        right.append(Self.rows(100), to: 1)
        // The right side does not get to its end yet.
        right.append(Self.rows(1), to: 0)
        let sink = CollectingSink()
        let leftScan = harness.graph.addSource("left")
        let rightScan = harness.graph.addSource("right", watermark: nil)
        let notes = Observed<[PassThroughOperator.Entry]>([])
        let join = harness.graph.addOperator(
            "join", from: [(leftScan, .hash(columns: [0])), (rightScan, .hash(columns: [0]))]
        ) { PassThroughOperator(notes: notes, gates: [0: 1]) }
        let table = harness.graph.addSink("sink", from: [(join, .forward)])
        harness.parts.sources = [leftScan: left, rightScan: right]
        harness.parts.sinks = [table: sink]
        try harness.start(parallelism: parallelism)
        #expect(sink.waitForRows(1101))
        let entries = notes.read { $0 }
        if parallelism == 1 {
            let firstLeft = try #require(entries.firstIndex { if case .rows(0, _) = $0 { true } else { false } })
            let caughtUp = try #require(entries.firstIndex(of: .caughtUp(input: 1)))
            #expect(caughtUp < firstLeft)
        }
        _ = try harness.checkpoint(1)
    }

    @Test(arguments: [1, 2])
    func checkpointsPassWhileTheRightSideIsLoading(parallelism: Int) throws {
        let harness = RuntimeHarness()
        let (left, right) = (ScriptedSource(topic: "left", splitCount: 2), ScriptedSource(splitCount: 2))
        left.append(Self.rows(1000), to: 0)
        right.append(Self.rows(100), to: 0)
        let sink = CollectingSink()
        let leftScan = harness.graph.addSource("left")
        let rightScan = harness.graph.addSource("right", watermark: nil)
        let join = harness.graph.addOperator(
            "join", from: [(leftScan, .hash(columns: [0])), (rightScan, .hash(columns: [0]))]
        ) { PassThroughOperator(gates: [0: 1]) }
        let table = harness.graph.addSink("sink", from: [(join, .forward)])
        harness.parts.sources = [leftScan: left, rightScan: right]
        harness.parts.sinks = [table: sink]
        right.setFirstEnd(150, of: 0)
        try harness.start(parallelism: parallelism) { $0.batchRowCount = 10 }
        #expect(sink.waitForRows(100))
        let capture = try harness.checkpoint(1)
        #expect(capture.sources["left"]?.map(\.nextOffset) == [0, 0])
        #expect(sink.rows.count == 100)
        let gated = harness.execution?.status().vertices[leftScan].splits.map(\.activity)
        #expect(gated == [.gated, .gated])
        right.append(Self.rows(50), to: 0)
        #expect(sink.waitForRows(1150))
    }

    @Test(arguments: [1, 2, 4])
    func oneSourceOnBothSidesDoesNotBlockItself(parallelism: Int) throws {
        let harness = RuntimeHarness()
        let source = ScriptedSource(splitCount: 2)
        source.append(Self.rows(5000), to: 0)
        source.append(Self.rows(5000), to: 1)
        let sink = CollectingSink()
        let scan = harness.graph.addSource("scan")
        let map = harness.graph.addOperator("map", from: [(scan, .forward)]) { PassThroughOperator() }
        let join = harness.graph.addOperator(
            "join", from: [(map, .hash(columns: [0])), (scan, .hash(columns: [0]))]
        ) { PassThroughOperator(gates: [0: 1]) }
        let table = harness.graph.addSink("sink", from: [(join, .forward)])
        harness.parts.sources = [scan: source]
        harness.parts.sinks = [table: sink]
        try harness.start(parallelism: parallelism) {
            $0.batchRowCount = 10
            $0.queueCapacity = 2
        }
        // Waits until the gates are open.
        _ = try harness.checkpoint(1)
        #expect(sink.waitForRows(20_000))
    }
}
