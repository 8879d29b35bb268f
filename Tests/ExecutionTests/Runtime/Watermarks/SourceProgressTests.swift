import Columnar
import Dataflow
import Testing

@testable import Execution

struct SourceProgressTests {
    private static let second: UInt64 = 1_000_000_000
    private let strategy = WatermarkStrategy(
        column: 0, delayMicroseconds: 5_000_000, idleTimeoutMilliseconds: 1000, maximumDriftMicroseconds: 30)

    private func progress(
        _ count: Int, restored: [Int64?] = [], strategy: WatermarkStrategy? = nil
    ) -> SourceProgress {
        let splits = (0..<count).map { number in
            SplitState(
                id: SplitID(topic: "t", partition: Int32(number)), nextOffset: 0,
                watermark: number < restored.count ? restored[number] : nil)
        }
        return SourceProgress(splits: splits, strategy: strategy ?? self.strategy, now: 0)
    }

    /// Reads rows up to `time` from a split.
    private func deliver(
        _ progress: inout SourceProgress, _ split: Int, _ time: Int64, _ status: SourceRead.Status, at now: UInt64
    ) -> WatermarkCombiner.Change {
        var change = progress.willDeliver(split)
        progress.observe(split, Timestamp(microseconds: time))
        change.merge(progress.didRead(split, foundSomething: true, status: status, now: now) { _ in nil })
        return change
    }

    /// - Parameter known: up to when it is known that nothing more was there.
    private func poll(
        _ progress: inout SourceProgress, _ split: Int, _ status: SourceRead.Status, at now: UInt64,
        known: UInt64? = .max
    ) -> WatermarkCombiner.Change {
        progress.didRead(split, foundSomething: false, status: status, now: now) { _ in known }
    }

    @Test func restoredWatermarksComeFirst() {
        var progress = progress(2, restored: [30, 20])
        #expect(progress.start() == .init(watermark: Timestamp(microseconds: 20)))
        var other = self.progress(2, restored: [30])
        #expect(other.start() == .init())
    }

    @Test func splitIsIdleOnlyAtItsEndAndAfterTheTimeout() {
        var progress = progress(2)
        _ = deliver(&progress, 0, 9_000_000, .more, at: 0)
        #expect(poll(&progress, 1, .waiting, at: 9 * Self.second) == .init())
        #expect(poll(&progress, 1, .atEnd, at: Self.second - 1) == .init())
        #expect(progress.nextDeadline == Self.second)
        #expect(poll(&progress, 1, .atEnd, at: Self.second) == .init(watermark: Timestamp(microseconds: 4_000_000)))
        #expect(progress.status == .active)
    }

    @Test func lastRowsOfAQuietStreamAreCompleteAfterTheDelay() {
        var progress = progress(1)
        _ = deliver(&progress, 0, 9_000_000, .atEnd, at: Self.second)
        #expect(poll(&progress, 0, .atEnd, at: 2 * Self.second) == .init(status: .idle))
        #expect(progress.nextDeadline == 6 * Self.second)
        #expect(poll(&progress, 0, .atEnd, at: 6 * Self.second) == .init(watermark: Timestamp(microseconds: 9_000_000)))
        #expect(progress.nextDeadline == nil)
        #expect(progress.activity(0, minimum: .max) == .idle)
        // A late row brings the split back without moving the watermark.
        #expect(deliver(&progress, 0, 8_000_000, .atEnd, at: 7 * Self.second) == .init(status: .active))
        #expect(progress.watermark == Timestamp(microseconds: 9_000_000))
    }

    /// What came while the process was stopped, or the network swallowed everything, is not here yet.
    @Test func aSplitThatMayHoldMoreIsNotIdle() {
        var progress = progress(1)
        _ = deliver(&progress, 0, 9_000_000, .atEnd, at: Self.second)
        #expect(poll(&progress, 0, .atEnd, at: 12 * Self.second, known: nil) == .init())
        // Whoever finds out says so: the clock alone is no reason to look again.
        #expect(progress.nextDeadline == nil)
        #expect(poll(&progress, 0, .atEnd, at: 13 * Self.second, known: 2 * Self.second - 1) == .init())
        #expect(poll(&progress, 0, .atEnd, at: 14 * Self.second, known: 3 * Self.second) == .init(status: .idle))
        // What is known so far says nothing of the time that its last rows may take.
        #expect(progress.nextDeadline == 6 * Self.second)
        #expect(poll(&progress, 0, .atEnd, at: 14 * Self.second, known: 3 * Self.second) == .init())
        #expect(progress.nextDeadline == nil)
        #expect(
            poll(&progress, 0, .atEnd, at: 15 * Self.second, known: 14 * Self.second)
                == .init(watermark: Timestamp(microseconds: 9_000_000)))
    }

    @Test func aRowEndsTheWaitForProof() {
        var progress = progress(1)
        _ = deliver(&progress, 0, 9_000_000, .atEnd, at: 0)
        #expect(poll(&progress, 0, .atEnd, at: 12 * Self.second, known: nil) == .init())
        _ = deliver(&progress, 0, 9_500_000, .atEnd, at: 12 * Self.second)
        #expect(progress.nextDeadline == 13 * Self.second)
    }

    @Test func finishedSplitsHoldNothingBack() {
        var progress = progress(2)
        _ = deliver(&progress, 0, 9_000_000, .more, at: 0)
        #expect(poll(&progress, 1, .finished, at: 0) == .init(watermark: Timestamp(microseconds: 4_000_000)))
        #expect(!progress.hasFinished)
        #expect(progress.slowest == 4_000_000)
        _ = poll(&progress, 0, .finished, at: 0)
        #expect(progress.hasFinished)
        #expect(progress.slowest == .max)
    }

    @Test func splitTooFarAheadIsNotRead() {
        var progress = progress(2)
        _ = deliver(&progress, 0, 5_000_100, .more, at: 0)
        var awaited = Int64.max
        #expect(progress.next(minimum: 60, awaited: &awaited) == 1)
        _ = poll(&progress, 1, .waiting, at: 0)
        #expect(progress.next(minimum: 69, awaited: &awaited) == nil)
        #expect(awaited == 70)
        #expect((0..<2).map { progress.activity($0, minimum: 69) } == [.ahead, .waiting])
        #expect(progress.activity(0, minimum: 70) == .reading)
        #expect(progress.next(minimum: 70, awaited: &awaited) == 0)
    }

    @Test func splitsAreReadInTurn() {
        var progress = progress(3)
        var awaited = Int64.max
        var order: [Int?] = []
        for _ in 0..<6 {
            let split = progress.next(minimum: .max, awaited: &awaited)
            order.append(split)
            if let split { _ = poll(&progress, split, .more, at: 0) }
        }
        #expect(order == [0, 1, 2, 0, 1, 2])
    }

    @Test func withoutAStrategyNothingIsHeldBack() {
        var progress = SourceProgress(
            splits: [SplitState(id: SplitID(topic: "t", partition: 0), nextOffset: 0)], strategy: nil, now: 0)
        #expect(progress.start() == .init(status: .idle))
        #expect(progress.slowest == .max)
        #expect(progress.nextDeadline == nil)
    }
}
