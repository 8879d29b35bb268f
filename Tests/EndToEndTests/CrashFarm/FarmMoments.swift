import TestKit

/// When each process of a farm dies: all of it from one seed.
struct FarmMoments {
    /// One death.
    enum Moment: Sendable, CustomStringConvertible {
        /// That long after the start: into the start-up and the recovery, or anywhere.
        case after(milliseconds: Int)
        /// After a while, as soon as a checkpoint file of that kind appears, and a little later: into a commit.
        case atFile(prefix: String, milliseconds: Int, microseconds: Int)

        var description: String {
            switch self {
            case .after(let milliseconds): "\(milliseconds) ms after the start"
            case .atFile(let prefix, let milliseconds, let microseconds):
                "\(microseconds) us after the first \(prefix)* later than \(milliseconds) ms after the start"
            }
        }
    }

    private var random: SeededRandom

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    /// Of ten deaths three fall into the start-up, four into a commit, three anywhere.
    mutating func next() -> Moment {
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<3:
            return .after(milliseconds: Int.random(in: 0..<500, using: &random))
        case 3..<7:
            // Written in this order: rows for followers, state, manifest; then the decision; then the acknowledgement.
            let prefix = ["redo-", "state-", "checkpoint-", "checkpoint-", "ack-"].randomElement(using: &random)
            let microseconds = Int.random(in: 0..<[1000, 8000, 25_000].randomElement(using: &random)!, using: &random)
            return .atFile(
                prefix: prefix!, milliseconds: Int.random(in: 0..<900, using: &random), microseconds: microseconds)
        default:
            return .after(milliseconds: Int.random(in: 300..<1600, using: &random))
        }
    }
}
