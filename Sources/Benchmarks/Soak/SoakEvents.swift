/// Ratings and plays that follow from their number alone, so that every answer of the as-of join can be computed from
/// the number of its play, here and in SQL.
///
/// Event `n` has the time `n / eventsPerMillisecond`; every tenth is a rating, the others are plays. Ratings go round
/// all users in turn. Events are produced out of order by less than a second.
struct SoakEvents {
    /// Ratings are one event in so many.
    static let ratingShare = 10
    /// A number prime to every block's size, which is a power of ten times the rate.
    private static let stride = 7919

    let eventsPerMillisecond: Int
    let userCount: Int
    /// Milliseconds since 1970.
    let start: Int

    /// Events of one second: what is shuffled among itself.
    var blockCount: Int { eventsPerMillisecond * 1000 }

    /// The number of the event that is produced at `position`.
    func number(at position: Int) -> Int {
        position / blockCount * blockCount + position % blockCount * Self.stride % blockCount
    }

    func time(_ number: Int) -> Int { start + number / eventsPerMillisecond }

    func isRating(_ number: Int) -> Bool { number % Self.ratingShare == 0 }

    /// The user of a rating: the next one in turn.
    func user(ofRating rating: Int) -> Int { rating % userCount }

    func user(ofPlay play: Int) -> Int { play * 104_729 % userCount }

    /// Plays among the first `count` events; `count` is a multiple of ten.
    func playCount(_ count: Int) -> Int { count / Self.ratingShare * (Self.ratingShare - 1) }

    /// The message of an event: its topic is that of ratings or of plays.
    func message(_ number: Int) -> (key: String, value: String) {
        let rating = number / Self.ratingShare
        if isRating(number) {
            let user = user(ofRating: rating)
            return ("\(user)", "{\"user_id\":\(user),\"rating\":\(Self.value(rating)),\"ts\":\(time(number))}")
        }
        let play = number - rating - 1
        let user = user(ofPlay: play)
        return ("\(user)", "{\"id\":\(play),\"user_id\":\(user),\"ts\":\(time(number))}")
    }

    private static func value(_ rating: Int) -> String { "\(rating % 10 / 2).\(rating % 2 * 5)" }

    /// What the join answers for a play: the rating's value and time; nil before the user's first.
    func answer(_ play: Int) -> (rating: Double, ratedAt: Int)? {
        let number = play + play / (Self.ratingShare - 1) + 1
        // The last rating of the millisecond of the play still counts.
        let last =
            (number / eventsPerMillisecond * eventsPerMillisecond + eventsPerMillisecond - 1) / Self.ratingShare
        let user = user(ofPlay: play)
        guard last >= user else { return nil }
        let rating = user + (last - user) / userCount * userCount
        return (Double(rating % 10) / 2, time(rating * Self.ratingShare))
    }

    /// A condition that holds for a row of `table(id, rating, rated_at)` that is right, as PostgreSQL says it.
    var isRightSQL: String {
        let share = Self.ratingShare
        let perMillisecond = eventsPerMillisecond
        let number = "(id + id / \(share - 1) + 1)"
        let last = "((\(number) / \(perMillisecond) * \(perMillisecond) + \(perMillisecond - 1)) / \(share))"
        let user = "(id * 104729 % \(userCount))"
        let rating = "(\(user) + (\(last) - \(user)) / \(userCount) * \(userCount))"
        return """
            CASE WHEN \(last) < \(user) THEN rating IS NULL AND rated_at IS NULL
            ELSE rating IS NOT DISTINCT FROM (\(rating) % 10) / 2.0::double precision
            AND (extract(epoch FROM rated_at) * 1000)::bigint IS NOT DISTINCT FROM
            \(start) + \(rating) * \(share) / \(perMillisecond) END
            """
    }
}
