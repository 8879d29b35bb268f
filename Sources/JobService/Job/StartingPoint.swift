internal import Execution

/// Where an operator lets a job start.
package enum StartingPoint: Hashable, Sendable {
    /// From what was committed last; a new job where nothing was.
    case committed
    /// From the newest committed checkpoint, whatever brokers and databases say.
    case latest
    /// From nothing.
    case none
    /// From the checkpoint of that number.
    case checkpoint(Int64)

    var protocolPoint: CommitProtocol.StartingPoint {
        switch self {
        case .committed: .committed
        case .latest: .latest
        case .none: .none
        case .checkpoint(let number): .checkpoint(number)
        }
    }
}
