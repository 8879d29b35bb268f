/// What came out of a job, or should: how many rows, how many of them found what they were joined with, and a checksum
/// that does not depend on their order.
///
/// The checksum is the sum of a number below 2^31 for each row, which multiplies the row's id with a mix of its other
/// columns: a row lost, doubled or changed changes it, and so do values that change places between two rows. PostgreSQL
/// computes the same in plain SQL.
struct Answer: Hashable, Sendable, Codable, CustomStringConvertible {
    var count = 0
    var matched = 0
    var checksum = 0

    private static let modulus = 2_147_483_647

    /// One row of an output.
    struct Row {
        var id: Int
        var user: Int
        var film: Int
        /// Characters of the device's name.
        var deviceLength: Int
        /// Milliseconds since 1970.
        var time: Int
        /// What was joined: half stars, and milliseconds since 1970; or a title's characters, and a year.
        var joined: (first: Int, second: Int)?
    }

    mutating func add(_ row: Row) {
        count += 1
        var mixed = row.user * 3 + row.film * 7 + row.time % Self.modulus * 11 + row.deviceLength * 13
        if let joined = row.joined {
            matched += 1
            mixed += joined.first * 17 + joined.second % Self.modulus * 19 + 1
        }
        checksum += (row.id % Self.modulus + 1) * (mixed % Self.modulus) % Self.modulus
    }

    var description: String { "\(count) rows, \(matched) matched, checksum \(checksum)" }

    /// What a job over the events gives.
    init(_ events: KnownEvents, job: JobCase.Job) {
        let configuration = events.configuration
        for number in 0..<configuration.eventCount {
            guard case .play(let play) = events.event(number) else { continue }
            if job == .filter && play.device == 0 { continue }
            let ids = events.ids(play.key)
            var row = Row(
                id: play.id, user: ids.user, film: ids.film, deviceLength: KnownEvents.devices[play.device].utf8.count,
                time: play.time)
            switch job {
            case .passThrough, .filter: break
            case .enrichment:
                if events.hasFilm(play.key) {
                    row.joined = (events.title(play.key).utf8.count, events.yearOfRelease(play.key))
                }
            case .asOfJoin:
                row.joined = events.answer(key: play.key, number: number).map { ($0.halfStars, $0.time) }
            }
            add(row)
        }
    }

    init() {}

    /// A query for the answer in a table of PostgreSQL, as `count|matched|checksum`.
    static func sql(table: String, job: JobCase.Job) -> String {
        let joined: (isMatched: String, mixed: String) =
            switch job {
            case .passThrough, .filter: ("false", "0")
            case .enrichment: ("released IS NOT NULL", "char_length(title)::bigint * 17 + released::bigint * 19 + 1")
            case .asOfJoin:
                (
                    "rated_at IS NOT NULL",
                    "(rating * 2)::bigint * 17 + (extract(epoch FROM rated_at) * 1000)::bigint % \(modulus) * 19 + 1"
                )
            }
        return """
            SELECT count(*), count(*) FILTER (WHERE \(joined.isMatched)), coalesce(sum(
              (id % \(modulus) + 1) * ((user_id * 3 + movie_id * 7
                + (extract(epoch FROM ts) * 1000)::bigint % \(modulus) * 11 + char_length(device)::bigint * 13
                + CASE WHEN \(joined.isMatched) THEN \(joined.mixed) ELSE 0 END) % \(modulus)) % \(modulus)), 0)
            FROM \(table)
            """
    }

    /// The result of the query.
    init?(text: String) {
        let parts = text.split(separator: "|").compactMap { Int($0) }
        guard parts.count == 3 else { return nil }
        (count, matched, checksum) = (parts[0], parts[1], parts[2])
    }
}
