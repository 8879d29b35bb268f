import Testing

@testable import Execution

struct RecordTimesTests {
    @Test func delaysCountEveryRecordAndAreNeverTooShort() {
        var times = RecordTimes()
        times.add(1000, count: 3)
        times.add(1000, count: 2)
        times.add(2999, count: 4)
        times.add(9000, count: 1)
        #expect(
            times.delays(at: 3234) == [
                .init(milliseconds: 0, recordCount: 1), .init(milliseconds: 240, recordCount: 4),
                .init(milliseconds: 2300, recordCount: 5),
            ])
        #expect(times.take().delays(at: 3000).map(\.recordCount).reduce(0, +) == 10)
        #expect(times.isEmpty)
    }

    @Test(arguments: [
        (0, 0), (99, 99), (100, 100), (101, 110), (995, 1000), (1000, 1000), (1001, 1100), (86_400_001, 87_000_000),
    ])
    func delaysHaveTwoDigits(exact: Int64, shown: Int64) {
        var times = RecordTimes()
        times.add(0, count: 1)
        #expect(times.delays(at: exact) == [.init(milliseconds: shown, recordCount: 1)])
    }

    @Test func manyTimesTakeLittleRoomAndLoseNoRecord() {
        var times = RecordTimes()
        for time in 0..<100_000 { times.add(Int64(time), count: 1) }
        let delays = times.delays(at: 100_000)
        #expect(delays.map(\.recordCount).reduce(0, +) == 100_000)
        // What is joined counts from its oldest record.
        #expect(delays.last?.milliseconds == 100_000)
        #expect(delays.allSatisfy { $0.milliseconds >= 0 })
    }

    @Test func partsOfACheckpointAreOne() {
        var (first, second) = (RecordTimes(), RecordTimes())
        first.add(10, count: 1)
        second.add(10, count: 2)
        second.add(20, count: 4)
        first.merge(second)
        #expect(
            first.delays(at: 30) == [
                .init(milliseconds: 10, recordCount: 4), .init(milliseconds: 20, recordCount: 3),
            ])
    }
}
