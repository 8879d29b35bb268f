import Testing

@testable import Benchmarks

@Suite struct KnownEventsTests {
    private static let configurations: [KnownEvents.Configuration] = [
        make(seed: 1, keys: 20, ratings: 1000, plays: 4000, perMillisecond: 1),
        make(seed: 2, keys: 97, ratings: 333, plays: 5001, perMillisecond: 20),
        make(seed: 3, keys: 1000, ratings: 3000, plays: 20, perMillisecond: 20),
        make(seed: 4, keys: 64, ratings: 0, plays: 500, perMillisecond: 3),
        make(seed: 5, keys: 5000, ratings: 2500, plays: 2500, perMillisecond: 2),
    ]

    private static func make(
        seed: UInt64, keys: Int, ratings: Int, plays: Int, perMillisecond: Int
    ) -> KnownEvents.Configuration {
        var configuration = KnownEvents.Configuration()
        (configuration.seed, configuration.keyCount) = (seed, keys)
        (configuration.ratingCount, configuration.playCount) = (ratings, plays)
        configuration.eventsPerMillisecond = perMillisecond
        return configuration
    }

    @Test(arguments: configurations)
    func everyEventIsProducedOnceAndLessThanASecondLate(_ configuration: KnownEvents.Configuration) {
        let events = KnownEvents(configuration)
        let numbers = (0..<configuration.eventCount).map(events.number(at:))
        #expect(Set(numbers) == Set(0..<configuration.eventCount))
        for (position, number) in numbers.enumerated() {
            #expect(abs(position - number) < configuration.eventsPerMillisecond * 1000)
        }
    }

    @Test(arguments: configurations)
    func thereAreAsManyRatingsAndPlaysAsWanted(_ configuration: KnownEvents.Configuration) {
        let events = KnownEvents(configuration)
        var ids: [Int] = []
        for number in 0..<configuration.eventCount {
            if case .play(let play) = events.event(number) { ids.append(play.id) }
        }
        #expect(ids == Array(0..<configuration.playCount))
    }

    /// The join computed from all events, as its definition says.
    @Test(arguments: configurations)
    func theKnownAnswerIsThatOfAJoinOverAllEvents(_ configuration: KnownEvents.Configuration) {
        let events = KnownEvents(configuration)
        let all = (0..<configuration.eventCount).map(events.event)
        var ratings: [Int: [KnownEvents.Rating]] = [:]
        for case .rating(let rating) in all { ratings[rating.key, default: []].append(rating) }
        var (expected, matched) = (0, 0)
        for (number, event) in all.enumerated() {
            guard case .play(let play) = event else { continue }
            let wanted = (ratings[play.key] ?? []).filter { $0.time <= play.time }.max { $0.time < $1.time }
            let found = events.answer(key: play.key, number: number)
            #expect(found?.time == wanted?.time, "seed \(configuration.seed), play \(play)")
            #expect(found?.halfStars == wanted?.halfStars, "seed \(configuration.seed), play \(play)")
            expected += 1
            if wanted != nil { matched += 1 }
        }
        let answer = Answer(events, job: .asOfJoin)
        #expect(answer.count == expected)
        #expect(answer.matched == matched)
    }

    @Test func noKeyHasTwoRatingsOfOneTime() {
        for configuration in Self.configurations {
            let events = KnownEvents(configuration)
            var times: Set<[Int]> = []
            for number in 0..<configuration.eventCount {
                guard case .rating(let rating) = events.event(number) else { continue }
                #expect(times.insert([rating.key, rating.time]).inserted, "seed \(configuration.seed)")
            }
        }
    }

    @Test func theFilterKeepsAboutThreeQuarters() {
        let events = KnownEvents(Self.make(seed: 9, keys: 1000, ratings: 0, plays: 100_000, perMillisecond: 20))
        let share = Double(Answer(events, job: .filter).count) / 100_000
        #expect(abs(share - 0.75) < 0.01)
    }

    @Test func anotherSeedGivesOtherEvents() {
        let answers = (UInt64(1)...5).map { seed in
            Answer(
                KnownEvents(Self.make(seed: seed, keys: 100, ratings: 500, plays: 500, perMillisecond: 20)),
                job: .asOfJoin)
        }
        #expect(Set(answers.map(\.checksum)).count == answers.count)
    }
}
