/// Ratings and plays of films by made-up users: the data of the demo and of the end-to-end benchmarks.
///
/// The same seed gives the same events. Events are numbered in the order in which they are produced; their times advance evenly, each
/// moved back by up to `disorderMilliseconds`, so that both topics arrive out of order by a known bound. Everybody watches only
/// `filmsPerUser` films, so that a good part of the plays has a rating before it.
package struct FilmEvents: Sendable {
    /// How many events there are, of whom, and how far out of order.
    package struct Configuration: Sendable {
        package var seed: UInt64 = 1
        package var userCount = 20_000
        package var filmCount = 1_000
        package var filmsPerUser = 20
        package var ratingCount = 300_000
        package var playCount = 700_000
        /// Less than this much is taken off an event's time.
        package var disorderMilliseconds = 5_000
        /// Time of the first event, milliseconds since 1970.
        package var startMilliseconds = 1_767_225_600_000
        /// Event time between two events.
        package var microsecondsPerEvent = 1_000

        package init() {}

        /// Ratings and plays together.
        package var eventCount: Int { ratingCount + playCount }
    }

    /// One event, as numbers.
    package struct Event: Sendable, Hashable {
        package var isRating: Bool
        package var user: Int
        package var film: Int
        /// Milliseconds since 1970.
        package var time: Int
        /// Ratings: 1...10, half stars.
        package var halfStars: Int
        /// Plays: index into `devices`.
        package var device: Int
    }

    package static let devices = ["tv", "phone", "tablet", "browser"]

    package let configuration: Configuration

    package init(_ configuration: Configuration) {
        self.configuration = configuration
    }

    /// Event `number`, 0..<eventCount. O(1), independent of the others.
    package func event(_ number: Int) -> Event {
        let draw = Self.mix(configuration.seed &* 0x9e37_79b9_7f4a_7c15 &+ UInt64(number))
        let second = Self.mix(draw)
        let third = Self.mix(second)
        // Ratings are spread evenly among the plays.
        let share = configuration.ratingCount
        let total = configuration.eventCount
        let isRating = (number + 1) * share / total > number * share / total
        let user = Int(draw % UInt64(configuration.userCount))
        let favourite = Self.mix(UInt64(user) << 16 | (draw >> 40) % UInt64(configuration.filmsPerUser))
        let disorder = Int(second % UInt64(max(configuration.disorderMilliseconds, 1)))
        return Event(
            isRating: isRating, user: user + 1, film: Int(favourite % UInt64(configuration.filmCount)) + 1,
            time: configuration.startMilliseconds + number * configuration.microsecondsPerEvent / 1000 - disorder,
            halfStars: Int(third % 10) + 1, device: Int(third >> 32) & 3)
    }

    /// Time after every event: what a closing event needs so that the watermark passes them all.
    package var endMilliseconds: Int {
        configuration.startMilliseconds + configuration.eventCount * configuration.microsecondsPerEvent / 1000
    }

    /// The event as the JSON object that its topic holds, without a line break.
    package static func json(_ event: Event) -> String {
        if event.isRating {
            let stars = "\(event.halfStars / 2).\(event.halfStars % 2 * 5)"
            return "{\"user_id\":\(event.user),\"movie_id\":\(event.film),\"rating\":\(stars),\"ts\":\(event.time)}"
        }
        let device = devices[event.device]
        return "{\"user_id\":\(event.user),\"movie_id\":\(event.film),\"device\":\"\(device)\",\"ts\":\(event.time)}"
    }

    /// The title of a film.
    package static func title(_ film: Int) -> String {
        let first = ["Silent", "Golden", "Last", "Broken", "Hidden", "Northern", "Paper", "Electric"]
        let second = ["River", "Orchard", "Station", "Winter", "Letters", "Harbour", "Machine", "Garden"]
        return "\(first[film % 8]) \(second[film / 8 % 8]) \(film)"
    }

    /// SplitMix64's finaliser.
    private static func mix(_ value: UInt64) -> UInt64 {
        var result = value &+ 0x9e37_79b9_7f4a_7c15
        result = (result ^ (result >> 30)) &* 0xbf58_476d_1ce4_e5b9
        result = (result ^ (result >> 27)) &* 0x94d0_49bb_1331_11eb
        return result ^ (result >> 31)
    }
}
