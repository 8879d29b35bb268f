/// A five-character SQLSTATE as the server sent it (PostgreSQL manual, appendix A).
package struct SQLState: Sendable, Hashable, CustomStringConvertible {
    /// The five characters.
    package let code: String

    package init(_ code: String) {
        self.code = code
    }

    package var description: String { code }

    /// What the caller can do about an error of this state.
    package var reaction: Reaction {
        switch code.prefix(2) {
        case "22", "23": return .rowRefused
        case "08", "53": return .retry
        default: break
        }
        switch code {
        case "40001", "40P01": return .retryTransaction
        case "55P03", "57P01", "57P02", "57P03", "57014", "25P03", "25006", "57P05": return .retry
        default: return .refuse
        }
    }

    /// Whether a trigger or function that failed for one row answers so. Not row errors all the same: nobody can say what such a
    /// failure means.
    package var mayBeOfOneRow: Bool { ["P0", "38", "39", "2F", "XX"].contains(code.prefix(2)) }

    /// What an error of a state calls for.
    package enum Reaction: Sendable, Equatable {
        /// A deadlock or serialisation failure: the same rows may be sent again at once.
        case retryTransaction
        /// The server or the network is away or short of something: try again later.
        case retry
        /// The value of a row breaks a rule of its column or table.
        case rowRefused
        /// Trying again gives the same answer.
        case refuse
    }
}
