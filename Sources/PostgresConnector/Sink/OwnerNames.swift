internal import Dataflow

/// The names under which this process has owned bookkeeping rows: tells its own earlier attempts from other instances.
final class OwnerNames: Sendable {
    private struct Known: Sendable {
        var own: Set<String> = []
        /// Other instances that were told of.
        var others: Set<String> = []
    }

    private let known = Monitor<[String: Known]>([:])

    /// Notes that this process takes the row `key` as `owner`.
    func take(_ key: String, owner: String) {
        _ = known.update { $0[key, default: Known()].own.insert(owner).inserted }
    }

    /// Whether `owner`, whom the row names, is another instance that has taken it from this process. Told once of each, so that who
    /// goes on all the same does so at the second attempt.
    func isNewsOfTakeover(_ key: String, by owner: String?) -> Bool {
        known.update { known in
            guard let owner, let found = known[key], !found.own.isEmpty, !found.own.contains(owner) else {
                return false
            }
            return known[key]?.others.insert(owner).inserted ?? false
        }
    }
}
