internal import KernelBenchmarks

/// Ratings, plays and films that follow from a seed and their number alone, so that the right answer of every job over
/// them is known without keeping anything.
///
/// Events are numbered in the order of their times, `eventsPerMillisecond` to a millisecond, ratings spread evenly among
/// plays. Ratings go round all keys in an order that the seed decides; a play's key is drawn. They are produced out of
/// order by less than a second. Keys are pairs of user and film, where the film alone decides.
struct KnownEvents: Sendable {
    struct Configuration: Sendable, Hashable {
        var seed: UInt64 = 1
        var keyCount = 1_000_000
        var ratingCount = 2_000_000
        var playCount = 5_000_000
        var eventsPerMillisecond = 20
        /// Time of the first event, milliseconds since 1970.
        var startMilliseconds = 1_767_225_600_000

        var eventCount: Int { ratingCount + playCount }
    }

    struct Rating: Sendable {
        var key: Int
        /// 1...10
        var halfStars: Int
        /// Milliseconds since 1970.
        var time: Int
    }

    struct Play: Sendable {
        var id: Int
        var key: Int
        /// Index into `devices`.
        var device: Int
        /// Milliseconds since 1970.
        var time: Int
    }

    enum Event: Sendable {
        case rating(Rating)
        case play(Play)
    }

    static let devices = ["tv", "phone", "tablet", "browser"]
    /// Films without a row in the topic of films are one in so many.
    private static let missingFilmShare = 16
    private static let userCount = 100_000

    let configuration: Configuration
    /// The key of rating `i` is `(i * step + offset) % keyCount`; `back` undoes the multiplication.
    private let step: Int
    private let back: Int
    private let offset: Int
    private let blockStep: Int

    /// - Precondition: at least as many keys as events a millisecond, so that a key has no two ratings of one time.
    init(_ configuration: Configuration) {
        precondition(configuration.keyCount >= configuration.eventsPerMillisecond, "\(configuration)")
        precondition(configuration.keyCount < 1 << 31 && configuration.eventCount < 1 << 31, "\(configuration)")
        self.configuration = configuration
        let keys = configuration.keyCount
        let draw = Self.mix(configuration.seed &* 0x9e37_79b9_7f4a_7c15)
        step = Self.coprime(near: Int(draw % UInt64(keys)), to: keys)
        back = Self.inverse(of: step, modulo: keys)
        offset = Int(Self.mix(draw) % UInt64(keys))
        blockStep = Self.coprime(
            near: Int(Self.mix(draw &+ 1) % UInt64(configuration.eventsPerMillisecond * 1000)),
            to: configuration.eventsPerMillisecond * 1000)
    }

    // MARK: Events

    /// The number of the event that is produced at `position`.
    func number(at position: Int) -> Int {
        let block = configuration.eventsPerMillisecond * 1000
        let start = position / block * block
        // The last block is produced in order unless it is whole.
        guard start + block <= configuration.eventCount else { return position }
        return start + (position - start) * blockStep % block
    }

    /// Event `number`, 0..<eventCount, in the order of time.
    func event(_ number: Int) -> Event {
        let before = ratingsBefore(number)
        let draw = Self.mix(configuration.seed &* 0x9e37_79b9_7f4a_7c15 &+ UInt64(number))
        if ratingsBefore(number + 1) > before {
            return .rating(Rating(key: key(ofRating: before), halfStars: halfStars(before), time: time(number)))
        }
        return .play(
            Play(
                id: number - before, key: Int(draw % UInt64(configuration.keyCount)), device: Int(draw >> 60) & 3,
                time: time(number)))
    }

    /// The rating that a play of `key` at `number` finds: the last one before it or in its millisecond.
    func answer(key: Int, number: Int) -> Rating? {
        let perMillisecond = configuration.eventsPerMillisecond
        let end = min((number / perMillisecond + 1) * perMillisecond, configuration.eventCount)
        let count = ratingsBefore(end)
        let keys = configuration.keyCount
        let first = (key - offset + keys) % keys * back % keys
        guard first < count else { return nil }
        let rating = first + (count - 1 - first) / keys * keys
        return Rating(key: key, halfStars: halfStars(rating), time: time(self.number(ofRating: rating)))
    }

    /// Whether the topic of films has a row for the key.
    func hasFilm(_ key: Int) -> Bool { key % Self.missingFilmShare != 0 }

    /// User and film of a key.
    func ids(_ key: Int) -> (user: Int, film: Int) { (key % Self.userCount + 1, key + 1) }

    func title(_ key: Int) -> String {
        let first = ["Silent", "Golden", "Last", "Broken", "Hidden", "Northern", "Paper", "Electric"]
        let second = ["River", "Orchard", "Station", "Winter", "Letters", "Harbour", "Machine", "Garden"]
        return "\(first[key % 8]) \(second[key / 8 % 8]) \(key)"
    }

    func yearOfRelease(_ key: Int) -> Int { 1900 + Int(Self.mix(UInt64(key)) % 126) }

    // MARK: Messages

    static func json(_ rating: Rating, _ ids: (user: Int, film: Int)) -> String {
        let stars = "\(rating.halfStars / 2).\(rating.halfStars % 2 * 5)"
        return "{\"user_id\":\(ids.user),\"movie_id\":\(ids.film),\"rating\":\(stars),\"ts\":\(rating.time)}"
    }

    static func json(_ play: Play, _ ids: (user: Int, film: Int)) -> String {
        "{\"id\":\(play.id),\"user_id\":\(ids.user),\"movie_id\":\(ids.film),\"device\":\"\(devices[play.device])\","
            + "\"ts\":\(play.time)}"
    }

    func filmJSON(_ key: Int) -> String {
        "{\"movie_id\":\(ids(key).film),\"title\":\"\(title(key))\",\"released\":\(yearOfRelease(key))}"
    }

    // MARK: Arithmetic

    private func time(_ number: Int) -> Int {
        configuration.startMilliseconds + number / configuration.eventsPerMillisecond
    }

    /// Ratings among the first `number` events.
    private func ratingsBefore(_ number: Int) -> Int {
        number * configuration.ratingCount / max(configuration.eventCount, 1)
    }

    /// The inverse of `ratingsBefore`: the event that is rating `rating`.
    private func number(ofRating rating: Int) -> Int {
        let (total, count) = (configuration.eventCount, configuration.ratingCount)
        return ((rating + 1) * total + count - 1) / count - 1
    }

    private func key(ofRating rating: Int) -> Int {
        (rating % configuration.keyCount * step + offset) % configuration.keyCount
    }

    private func halfStars(_ rating: Int) -> Int {
        Int(Self.mix(configuration.seed ^ UInt64(rating) << 20) % 10) + 1
    }

    /// SplitMix64's finaliser.
    private static func mix(_ value: UInt64) -> UInt64 {
        var result = value &+ 0x9e37_79b9_7f4a_7c15
        result = (result ^ (result >> 30)) &* 0xbf58_476d_1ce4_e5b9
        result = (result ^ (result >> 27)) &* 0x94d0_49bb_1331_11eb
        return result ^ (result >> 31)
    }

    /// A number from `start` on that has no divisor in common with `modulus`.
    private static func coprime(near start: Int, to modulus: Int) -> Int {
        var candidate = max(start, 1)
        while divisor(candidate, modulus) != 1 { candidate += 1 }
        return candidate % modulus == 0 ? 1 : candidate % modulus
    }

    private static func divisor(_ first: Int, _ second: Int) -> Int {
        second == 0 ? first : divisor(second, first % second)
    }

    /// Euclid's extended algorithm.
    private static func inverse(of value: Int, modulo modulus: Int) -> Int {
        var (old, new) = ((rest: value, factor: 1), (rest: modulus, factor: 0))
        while new.rest != 0 {
            let quotient = old.rest / new.rest
            (old, new) = (new, (old.rest - quotient * new.rest, old.factor - quotient * new.factor))
        }
        return (old.factor % modulus + modulus) % modulus
    }
}
