import Foundation
import JobService
import KafkaConnector

/// Made-up ratings and plays with the right answer, computed here from scratch.
struct Films: Sendable {
    /// What the job is to say of one play.
    struct Answer: Hashable, Sendable {
        var title: String
        var halfStars: Int?
        /// Milliseconds since 1970.
        var ratedAt: Int?
    }

    let events: FilmEvents
    /// By the play's number.
    let answers: [Int: Answer]

    init(seed: UInt64, ratings: Int, plays: Int) {
        var configuration = FilmEvents.Configuration()
        configuration.seed = seed
        configuration.userCount = 200
        configuration.filmCount = 50
        configuration.filmsPerUser = 5
        configuration.ratingCount = ratings
        configuration.playCount = plays
        events = FilmEvents(configuration)
        struct Key: Hashable {
            var user: Int
            var film: Int
        }
        var versions: [Key: [(time: Int, number: Int, halfStars: Int)]] = [:]
        for number in 0..<configuration.eventCount {
            let event = events.event(number)
            guard event.isRating else { continue }
            versions[Key(user: event.user, film: event.film), default: []].append((event.time, number, event.halfStars))
        }
        for key in versions.keys { versions[key]?.sort { ($0.time, $0.number) < ($1.time, $1.number) } }
        var answers: [Int: Answer] = [:]
        for number in 0..<configuration.eventCount {
            let event = events.event(number)
            guard !event.isRating else { continue }
            let before = versions[Key(user: event.user, film: event.film)]?.last { $0.time <= event.time }
            answers[number] = Answer(
                title: FilmEvents.title(event.film), halfStars: before?.halfStars, ratedAt: before?.time)
        }
        self.answers = answers
    }

    /// Fills the topic of films; the key is the film's number.
    func loadFilms(_ loader: TopicLoader, topic: String) throws {
        for film in 1...events.configuration.filmCount {
            try loader.send(
                topic, key: "{\"movie_id\":\(film)}",
                value: "{\"movie_id\":\(film),\"title\":\"\(FilmEvents.title(film))\"}")
        }
        try loader.flush()
    }

    /// Sends events in order; plays carry their number.
    func load(_ numbers: Range<Int>, _ loader: TopicLoader, ratings: String, plays: String) throws {
        for number in numbers {
            let event = events.event(number)
            let text = FilmEvents.json(event)
            let value = event.isRating ? text : "{\"id\":\(number),\(text.dropFirst())"
            try loader.send(event.isRating ? ratings : plays, key: String(event.user), value: value)
        }
        try loader.flush()
    }

    /// What is wrong with the rows that a sink holds, in words; empty when nothing is.
    func differences(_ rows: [(id: Int, answer: Answer)]) -> [String] {
        var seen: [Int: Int] = [:]
        var problems: [String] = []
        for row in rows {
            seen[row.id, default: 0] += 1
            if answers[row.id] != row.answer {
                problems.append(
                    "play \(row.id): \(row.answer) instead of \(answers[row.id].map { "\($0)" } ?? "no row")")
            }
        }
        for (id, count) in seen where count > 1 { problems.append("play \(id) is there \(count) times") }
        for id in answers.keys where seen[id] == nil { problems.append("play \(id) is missing") }
        return problems.sorted()
    }
}
