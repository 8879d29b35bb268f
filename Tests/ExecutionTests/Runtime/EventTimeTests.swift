import Columnar
import Dataflow
import TestKit
import Testing

@testable import Execution

/// Watermarks, idleness and alignment in running jobs.
@Suite(.timeLimit(.minutes(5)))
struct EventTimeTests {
    private static let second: Int64 = 1_000_000
    private static let strategy = WatermarkStrategy(
        column: 2, delayMicroseconds: 5 * second, idleTimeoutMilliseconds: 1000, maximumDriftMicroseconds: 30 * second)

    private struct Job {
        let harness = RuntimeHarness()
        let clock = ManualClock()
        let left = ScriptedSource(topic: "left", splitCount: 2)
        let right = ScriptedSource(topic: "right", splitCount: 2)
        let sink = CollectingSink()
        let notes = Observed<[PassThroughOperator.Entry]>([])

        init(leftStrategy: WatermarkStrategy = strategy, rightStrategy: WatermarkStrategy? = strategy) {
            let leftScan = harness.graph.addSource("left", watermark: leftStrategy)
            let rightScan = harness.graph.addSource("right", watermark: rightStrategy)
            let notes = notes
            let join = harness.graph.addOperator(
                "join", from: [(leftScan, .hash(columns: [0])), (rightScan, .hash(columns: [0]))], parallelism: 1
            ) { PassThroughOperator(notes: notes) }
            let table = harness.graph.addSink("sink", from: [(join, .forward)], parallelism: 1)
            harness.parts.sources = [leftScan: left, rightScan: right]
            harness.parts.sinks = [table: sink]
        }

        func wake() {
            left.wake()
            right.wake()
        }

        func waitForWatermark(_ microseconds: Int64) -> Bool {
            notes.wait { $0.contains(.watermark(Timestamp(microseconds: microseconds))) }
        }

        var watermarks: [Int64] {
            notes.read { entries in
                entries.compactMap { entry in
                    guard case .watermark(let watermark) = entry else { return nil }
                    return watermark.microseconds
                }
            }
        }
    }

    private static func row(_ time: Int64) -> ScriptedRow { ScriptedRow(key: 1, value: 1, time: time) }

    @Test(arguments: [1, 2])
    func quietSplitsStopHoldingBackAndTheLastRowsAreAnswered(parallelism: Int) throws {
        let job = Job()
        try job.harness.start(parallelism: parallelism, clock: job.clock.clock)
        job.left.append([Self.row(20 * Self.second)], to: 0)
        job.right.append([Self.row(10 * Self.second)], to: 1)
        #expect(job.sink.waitForRows(2))
        // Two splits have never had a row: nothing is known yet.
        _ = try job.harness.checkpoint(1)
        #expect(job.watermarks == [])
        // All splits are at their ends; after the timeout none holds back, and the greatest watermark counts.
        job.clock.advance(milliseconds: 1000)
        job.wake()
        #expect(job.waitForWatermark(15 * Self.second))
        // After the delay nothing seen is still open.
        job.clock.advance(milliseconds: 4000)
        job.wake()
        #expect(job.waitForWatermark(20 * Self.second))
        #expect(job.watermarks == job.watermarks.sorted())
        #expect(job.watermarks.last == 20 * Self.second)
    }

    @Test(arguments: [1, 2])
    func splitThatIsNotAtItsEndHoldsTheWatermark(parallelism: Int) throws {
        let job = Job(rightStrategy: nil)
        job.left.setEnding(.waiting, of: 1)
        try job.harness.start(parallelism: parallelism, clock: job.clock.clock)
        job.left.append([Self.row(20 * Self.second)], to: 0)
        #expect(job.sink.waitForRows(1))
        job.clock.advance(milliseconds: 100_000)
        job.wake()
        _ = try job.harness.checkpoint(1)
        #expect(job.watermarks == [])
        job.left.append([Self.row(9 * Self.second)], to: 1)
        #expect(job.waitForWatermark(4 * Self.second))
    }

    @Test(arguments: [1, 2, 4])
    func sourceFarAheadWaitsForTheSlowest(parallelism: Int) throws {
        let job = Job()
        let rows = (0..<200).map { Self.row(Int64($0) * Self.second) }
        for split in 0..<2 {
            job.left.append(rows, to: split)
            job.right.setEnding(.waiting, of: split)
        }
        for split in 0..<2 { job.right.append([Self.row(0)], to: split) }
        try job.harness.start(parallelism: parallelism, clock: job.clock.clock) { $0.batchRowCount = 10 }
        for split in 0..<2 { #expect(job.left.waitForReads(split, 31)) }
        _ = try job.harness.checkpoint(1)
        // At 30 s ahead of the right side it stops, a batch of 10 more at most.
        for split in 0..<2 { #expect(job.left.readCount(split) <= 50) }
        for split in 0..<2 { job.right.append([Self.row(300 * Self.second)], to: split) }
        for split in 0..<2 { #expect(job.left.waitForReads(split, 200)) }
    }

    @Test(arguments: [1, 2])
    func idleSourceDoesNotHoldOthersInAlignment(parallelism: Int) throws {
        let job = Job()
        let rows = (0..<200).map { Self.row(Int64($0) * Self.second) }
        for split in 0..<2 { job.left.append(rows, to: split) }
        try job.harness.start(parallelism: parallelism, clock: job.clock.clock) { $0.batchRowCount = 10 }
        // The right side has never had a row: until it is known to be idle the left side waits for it.
        #expect(job.left.waitForReads(0, 10))
        _ = try job.harness.checkpoint(1)
        for split in 0..<2 { #expect(job.left.readCount(split) <= 10) }
        job.clock.advance(milliseconds: 1000)
        job.wake()
        for split in 0..<2 { #expect(job.left.waitForReads(split, 200)) }
    }

    @Test(arguments: [1, 2])
    func watermarksAreRestoredAndHandedOnFirst(parallelism: Int) throws {
        let first = Job(rightStrategy: nil)
        try first.harness.start(parallelism: parallelism, clock: first.clock.clock)
        for split in 0..<2 { first.left.append([Self.row(50 * Self.second)], to: split) }
        #expect(first.waitForWatermark(45 * Self.second))
        let capture = try first.harness.checkpoint(1)
        #expect(capture.sources["left"]?.map(\.watermark) == [45 * Self.second, 45 * Self.second])
        first.harness.stop()
        let second = Job(rightStrategy: nil)
        for split in 0..<2 { second.left.append([Self.row(50 * Self.second)], to: split) }
        try second.harness.start(parallelism: 3 - parallelism, restored: capture.restored(), clock: second.clock.clock)
        #expect(second.waitForWatermark(45 * Self.second))
        #expect(second.sink.rows.isEmpty)
        // What was seen before the restart is complete after the delay, as without one.
        second.clock.advance(milliseconds: 5000)
        second.wake()
        #expect(second.waitForWatermark(50 * Self.second))
    }

    @Test(arguments: [1, 2])
    func endOfAllSourcesIsTheLastWatermarkAndFinishes(parallelism: Int) throws {
        let job = Job()
        for split in 0..<2 {
            job.left.append([Self.row(Int64(split) * Self.second)], to: split)
            job.left.setEnding(.finished, of: split)
        }
        try job.harness.start(parallelism: parallelism, clock: job.clock.clock)
        #expect(job.sink.waitForRows(2))
        job.clock.advance(milliseconds: 1000)
        job.wake()
        _ = try job.harness.checkpoint(1)
        #expect(!job.watermarks.contains(.max))
        for split in 0..<2 { job.right.setEnding(.finished, of: split) }
        #expect(job.harness.waitForFinish())
        #expect(job.notes.read { Array($0.suffix(2)) } == [.watermark(.max), .finish])
    }
}
