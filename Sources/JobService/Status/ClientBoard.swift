internal import Dataflow
internal import Synchronization

/// The last word of every client of the present attempt.
final class ClientBoard: Sendable {
    private let statistics = Mutex<[String: ClientStatistics]>([:])

    /// By the clients' names.
    var current: [ClientStatistics] { statistics.withLock { $0.values.sorted { $0.client < $1.client } } }

    func put(_ new: ClientStatistics) { statistics.withLock { $0[new.client] = new } }

    func clear() { statistics.withLock { $0 = [:] } }
}
