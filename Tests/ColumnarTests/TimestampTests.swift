import Columnar
import Testing

struct TimestampTests {
    @Test func millisecondsSaturate() {
        #expect(Timestamp(milliseconds: 5).microseconds == 5000)
        #expect(Timestamp(milliseconds: .max) == .max)
        #expect(Timestamp(milliseconds: .min) == .min)
    }

    @Test func movingBackStopsAtTheEnds() {
        #expect(Timestamp(microseconds: 10).movedBack(byMicroseconds: 3).microseconds == 7)
        #expect(Timestamp(microseconds: .min + 2).movedBack(byMicroseconds: 3) == .min)
        #expect(Timestamp.max.movedBack(byMicroseconds: 3) == .max)
        #expect(Timestamp.min < Timestamp(microseconds: 0))
    }
}
