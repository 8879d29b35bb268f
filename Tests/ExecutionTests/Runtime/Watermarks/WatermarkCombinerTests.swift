import Columnar
import Testing

@testable import Execution

struct WatermarkCombinerTests {
    private func time(_ value: Int64) -> Timestamp { Timestamp(microseconds: value) }

    @Test func isTheLeastOfTheActiveChannels() {
        var combiner = WatermarkCombiner(channelCount: 2)
        #expect(combiner.update(0, watermark: time(10)) == .init())
        #expect(combiner.update(1, watermark: time(7)) == .init(watermark: time(7)))
        #expect(combiner.update(1, watermark: time(12)) == .init(watermark: time(10)))
        #expect(combiner.update(0, watermark: time(9)) == .init())
    }

    @Test func idleChannelHoldsNothingBackAndComesBackWithoutGoingBack() {
        var combiner = WatermarkCombiner(channelCount: 2)
        _ = combiner.update(0, watermark: time(10))
        #expect(combiner.update(1, status: .idle) == .init(watermark: time(10)))
        #expect(combiner.update(1, status: .active) == .init())
        #expect(combiner.update(1, watermark: time(5)) == .init())
        #expect(combiner.update(0, watermark: time(20)) == .init())
        #expect(combiner.update(1, watermark: time(15)) == .init(watermark: time(15)))
    }

    @Test func allIdleIsTheGreatestAndIsToldOnce() {
        var combiner = WatermarkCombiner(channelCount: 2)
        _ = combiner.update(0, watermark: time(10))
        _ = combiner.update(1, watermark: time(4))
        #expect(combiner.update(0, status: .idle) == .init())
        #expect(combiner.update(1, status: .idle) == .init(watermark: time(10), status: .idle))
        #expect(combiner.update(1, watermark: time(11)) == .init(watermark: time(11)))
        #expect(combiner.update(0, status: .active) == .init(status: .active))
    }

    @Test func endedChannelsAreLeftOutUntilAllHaveEnded() {
        var combiner = WatermarkCombiner(channelCount: 3)
        _ = combiner.update(0, watermark: time(10))
        _ = combiner.update(1, watermark: time(4))
        #expect(combiner.end(2) == .init(watermark: time(4)))
        // The one that is left is idle: an ended one must not carry the others to the end of time.
        #expect(combiner.end(0) == .init())
        #expect(combiner.update(1, status: .idle) == .init(status: .idle))
        #expect(combiner.end(1) == .init(watermark: .max, status: .active))
        #expect(combiner.haveAllEnded)
    }
}
