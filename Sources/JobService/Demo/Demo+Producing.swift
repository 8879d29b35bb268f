internal import Foundation
internal import KafkaConnector
internal import Synchronization

extension Demo {
    /// Events handed over between two looks at the clock.
    private static let chunkCount = 5_000

    /// Sends every event to Kafka at the configured rate, and to the raw tables.
    func produce() {
        do {
            let loader = try makeLoader()
            let started = Date()
            var number = 0
            let total = configuration.events.eventCount
            while number < total {
                let end = min(number + Self.chunkCount, total)
                try produce(number..<end, loader)
                number = end
                produced.store(number, ordering: .relaxed)
                let due = started.addingTimeInterval(Double(number) / Double(max(configuration.rate, 1)))
                let wait = due.timeIntervalSinceNow
                if wait > 0 { Thread.sleep(forTimeInterval: wait) }
            }
        } catch {
            // The watch sees that nothing is committed any more and says so; this is why.
            Self.say("producing stopped: \(error)")
        }
    }

    private func produce(_ numbers: Range<Int>, _ loader: TopicLoader) throws {
        var ratings = ""
        var plays = ""
        for number in numbers {
            let event = events.event(number)
            try loader.send(
                event.isRating ? "ratings" : "plays", key: String(event.user), value: FilmEvents.json(event))
            if event.isRating {
                let stars = "\(event.halfStars / 2).\(event.halfStars % 2 * 5)"
                ratings += "\(number)\t\(event.user)\t\(event.film)\t\(stars)\t\(event.time)\n"
            } else {
                plays += "\(number)\t\(event.user)\t\(event.film)\t\(FilmEvents.devices[event.device])\t\(event.time)\n"
            }
        }
        // The raw row first: what is in Kafka is always in the recomputation.
        try copy("raw_ratings", ratings)
        try copy("raw_plays", plays)
        try loader.flush()
    }
}
