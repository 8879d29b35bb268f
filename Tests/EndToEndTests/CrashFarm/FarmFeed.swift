import Foundation
import JobService
import KafkaConnector
import Synchronization

/// Ratings and plays that keep coming for as long as a farm runs.
final class FarmFeed: Sendable {
    private struct State {
        var isEnding = false
        var eventCount = 0
        var longestPause: TimeInterval = 0
        var failure: String?
    }

    let events: FilmEvents
    private let system: TestSystem
    private let state = Mutex(State())
    private let ended = DispatchSemaphore(value: 0)
    static let eventsPerSecond = 400

    init(_ system: TestSystem, seed: UInt64) {
        var configuration = FilmEvents.Configuration()
        configuration.seed = seed
        configuration.userCount = 100
        configuration.filmCount = 40
        configuration.filmsPerUser = 4
        configuration.disorderMilliseconds = 2000
        // Time in the data passes about twice as fast as on the clock, so that answers are never far behind.
        configuration.microsecondsPerEvent = 5000
        events = FilmEvents(configuration)
        self.system = system
    }

    /// Creates the topics, fills that of the films, and begins.
    func begin() throws {
        let loader = try system.makeLoader()
        try loader.createTopic(system.topic("ratings"), partitions: 3)
        try loader.createTopic(system.topic("plays"), partitions: 3)
        try loader.createTopic(system.topic("movies"), partitions: 1, isCompacted: true)
        try loader.createTopic(system.topic("answers"), partitions: 3)
        try loader.createTopic(system.topic("transfers"), partitions: 1)
        try loader.createTopic(system.topic("copies"), partitions: 3)
        for film in 1...events.configuration.filmCount {
            try loader.send(
                system.topic("movies"), key: "{\"movie_id\":\(film)}",
                value: "{\"movie_id\":\(film),\"title\":\"\(FilmEvents.title(film))\"}")
        }
        try loader.flush()
        Thread { [self] in
            do {
                try feed(try system.makeLoader())
            } catch {
                state.withLock { $0.failure = "the producer failed: \(error)" }
            }
            ended.signal()
        }.start()
    }

    /// Stops producing; returns how many events there are.
    func end() throws -> Int {
        state.withLock { $0.isEnding = true }
        ended.wait()
        // It may be asked for again.
        ended.signal()
        return try state.withLock { state in
            if let failure = state.failure { throw TestSystem.Failure(description: failure) }
            return state.eventCount
        }
    }

    /// The longest time between two events that were asked for and there, in seconds.
    var longestPause: TimeInterval { state.withLock(\.longestPause) }

    private func feed(_ loader: TopicLoader) throws {
        let start = ContinuousClock.now
        var sent = 0
        var last = Date()
        while !state.withLock(\.isEnding) {
            let elapsed = start.duration(to: .now).components
            let due = Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18
            let target = min(Int(due * Double(Self.eventsPerSecond)), sent + Self.eventsPerSecond)
            while sent < target {
                try send(sent, loader)
                sent += 1
            }
            try loader.flush()
            let pause = -last.timeIntervalSinceNow
            last = Date()
            state.withLock { state in
                state.eventCount = sent
                state.longestPause = max(state.longestPause, pause)
            }
            TestSystem.pass(milliseconds: 20)
        }
    }

    private func send(_ number: Int, _ loader: TopicLoader) throws {
        let event = events.event(number)
        let text = FilmEvents.json(event)
        let value = event.isRating ? text : "{\"id\":\(number),\(text.dropFirst())"
        try loader.send(system.topic(event.isRating ? "ratings" : "plays"), key: String(event.user), value: value)
    }
}
