import TestKit

/// When each process of a farm dies: all of it from one seed.
struct FarmMoments {
    /// One death.
    enum Moment: Sendable {
        /// That long after the start: into the start-up and the recovery.
        case afterStart(milliseconds: Int)
        /// That long after the process's first commit.
        case afterCommit(milliseconds: Int)
        /// As soon as the process has written so many checkpoint files of that kind, and a little later: into a commit.
        case atFile(prefix: String, count: Int, microseconds: Int)
    }

    private var random: SeededRandom

    private let variant: FarmVariant

    init(_ variant: FarmVariant, seed: UInt64) {
        self.variant = variant
        random = SeededRandom(seed: seed)
    }

    /// Of ten deaths three fall into the start-up, five into a commit, two anywhere.
    mutating func next() -> Moment {
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<3:
            return .afterStart(milliseconds: Int.random(in: 0..<1000, using: &random))
        case 3..<8:
            // Written in this order: rows for followers, state, manifest; then the decision; then the acknowledgement.
            var prefixes = ["state-", "checkpoint-", "checkpoint-", "ack-"]
            if variant.hasFollowers { prefixes.append("redo-") }
            let prefix = prefixes[Int.random(in: prefixes.indices, using: &random)]
            let span = [1000, 8000, 25_000][Int.random(in: 0..<3, using: &random)]
            return .atFile(
                prefix: prefix, count: Int.random(in: 1...4, using: &random),
                microseconds: Int.random(in: 0..<span, using: &random))
        default:
            return .afterCommit(milliseconds: Int.random(in: 0..<700, using: &random))
        }
    }
}
