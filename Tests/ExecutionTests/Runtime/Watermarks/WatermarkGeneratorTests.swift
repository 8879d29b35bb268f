import Columnar
import Dataflow
import TestKit
import Testing

@testable import Execution

struct WatermarkGeneratorTests {
    private func time(_ value: Int64) -> Timestamp { Timestamp(microseconds: value) }

    @Test func trailsTheGreatestTimeByTheDelayAndNeverGoesBack() {
        var generator = WatermarkGenerator(WatermarkStrategy(column: 0, delayMicroseconds: 5))
        generator.observe(time(100))
        #expect(generator.watermark == time(95))
        generator.observe(time(50))
        #expect(generator.watermark == time(95))
        #expect(generator.canDrain)
        generator.drain()
        #expect(generator.watermark == time(100))
        #expect(!generator.canDrain)
        generator.observe(time(102))
        #expect(generator.watermark == time(100))
    }

    /// One record from the year 2100 must not close every window, nor hide what the rows beside it say.
    @Test func timesFarAheadOfTheClockSayNothing() {
        let batch = ScriptedRow.batch([1, 5000, 9, 4].map { ScriptedRow(key: 0, value: 0, time: $0) })
        #expect(WatermarkGenerator.maximumTime(of: batch, column: 2, notAfter: time(210)) == time(9))
        #expect(WatermarkGenerator.maximumTime(of: batch, column: 2, notAfter: time(0)) == nil)
        #expect(WatermarkGenerator.maximumTime(of: batch, column: 2, notAfter: time(5000)) == time(5000))
        let progress = SourceProgress(
            splits: [], strategy: WatermarkStrategy(column: 0, delayMicroseconds: 5, maximumAheadMicroseconds: 10),
            now: 0)
        #expect(progress.timeLimit(wallClock: { Timestamp(microseconds: 200) }) == time(210))
    }

    @Test func nullsAndUnselectedRowsAreLeftOut() {
        let batch = ScriptedRow.batch([1, nil, 9, 4].map { ScriptedRow(key: 0, value: 0, time: $0) })
        #expect(WatermarkGenerator.maximumTime(of: batch, column: 2) == time(9))
        #expect(WatermarkGenerator.maximumTime(of: batch.selecting(SelectionVector([0, 1, 3])), column: 2) == time(4))
        #expect(WatermarkGenerator.maximumTime(of: batch.selecting(SelectionVector([1])), column: 2) == nil)
        let negative = ScriptedRow.batch([ScriptedRow(key: 0, value: 0, time: -7)])
        #expect(WatermarkGenerator.maximumTime(of: negative, column: 2) == time(-7))
    }
}
