import Logging
import Testing

@testable import JobService

struct LogLimiterTests {
    private let second: UInt64 = 1_000_000_000
    private let kind = LogLimiter.Kind(.warning, "a message", ["operator": "plays", "error": "one"])

    @Test func theFirstOfAWindowPassAndTheNextWindowTellsOfTheOthers() {
        var limiter = LogLimiter()
        let admitted = (0..<25).map { limiter.admit(kind, now: 5 * second + UInt64($0)) }
        #expect(admitted == Array(repeating: 0, count: 10) + Array(repeating: nil, count: 15))
        #expect(limiter.admit(kind, now: 14 * second) == nil)
        #expect(limiter.admit(kind, now: 16 * second) == 16)
        #expect(limiter.admit(kind, now: 16 * second) == 0)
    }

    @Test func whatDoesNotComeAgainIsToldAtTheEndOfItsWindow() {
        var limiter = LogLimiter()
        for _ in 0..<13 { _ = limiter.admit(kind, now: 0) }
        #expect(limiter.takeLeftOut(now: 9 * second).isEmpty)
        let found = limiter.takeLeftOut(now: 10 * second)
        #expect(found.map(\.count) == [3] && found.first?.kind.place == ["operator": "plays"])
        #expect(limiter.takeLeftOut(now: 30 * second).isEmpty)
        for _ in 0..<11 { _ = limiter.admit(kind, now: 40 * second) }
        #expect(limiter.takeLeftOut(now: 40 * second, all: true).map(\.count) == [1])
    }

    @Test func kindsAreToldApartByTextLevelAndPlaceButNotByValues() {
        var limiter = LogLimiter()
        for _ in 0..<10 { _ = limiter.admit(kind, now: 0) }
        let others: [LogLimiter.Kind] = [
            .init(.error, "a message", ["operator": "plays"]), .init(.warning, "another", ["operator": "plays"]),
            .init(.warning, "a message", ["operator": "ratings"]),
        ]
        for other in others { #expect(limiter.admit(other, now: 0) == 0) }
        #expect(limiter.admit(.init(.warning, "a message", ["operator": "plays", "error": "two"]), now: 0) == nil)
        let debug = LogLimiter.Kind(.debug, "a message", [:])
        #expect((0..<100).allSatisfy { _ in limiter.admit(debug, now: 0) == 0 })
    }

    @Test func manyKindsTakeNoMoreThanTheirRoom() {
        var limiter = LogLimiter()
        var passed = 0
        for number in 0..<10_000 where limiter.admit(.init(.info, "\(number)", [:]), now: 0) != nil { passed += 1 }
        #expect(passed == LogLimiter.maximumKindCount + LogLimiter.linesPerWindow)
        #expect(limiter.takeLeftOut(now: 0, all: true).map(\.count) == [10_000 - passed])
        #expect(limiter.admit(.init(.info, "new", [:]), now: 60 * second) == 0)
    }
}
