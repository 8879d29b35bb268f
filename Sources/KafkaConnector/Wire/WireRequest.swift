/// The requests that this module puts on the wire itself, in the last versions that are not flexible (KIP-482): their fields have
/// fixed places.
enum WireRequest: Int16 {
    case produce = 0
    case fetch = 1
    case findCoordinator = 10
    case apiVersions = 18
    case addPartitionsToTransaction = 24
    case endTransaction = 26

    /// What is understood of it.
    var versions: ClosedRange<Int16> {
        switch self {
        case .produce: 3...8
        case .fetch: 4...11
        case .findCoordinator: 1...2
        case .apiVersions: 0...0
        case .addPartitionsToTransaction: 0...2
        case .endTransaction: 0...2
        }
    }
}
