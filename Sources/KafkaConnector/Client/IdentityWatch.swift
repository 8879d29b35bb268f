internal import Foundation
internal import Synchronization

/// Reads from what a librdkafka client counts who the cluster knows it as: the section `eos` of its STATISTICS.md.
final class IdentityWatch: Sendable {
    /// How often it is looked for: each time costs librdkafka about a millisecond of processor time, also when the identity is known.
    static let intervalMilliseconds = "250"

    private struct Counts: Decodable {
        struct Transactions: Decodable {
            var producer_id: Int64
            var producer_epoch: Int16
        }

        var eos: Transactions?
    }

    private let found = Mutex<ProducerIdentity?>(nil)

    /// Nil while there is none.
    var current: ProducerIdentity? { found.withLock { $0 } }

    /// Looks into what a client has counted, until the identity is known: it stays as long as the client.
    func take(_ json: UnsafeRawBufferPointer) {
        guard current == nil, let eos = (try? JSONDecoder().decode(Counts.self, from: Data(json)))?.eos,
            eos.producer_id >= 0, eos.producer_epoch >= 0
        else { return }
        found.withLock { $0 = ProducerIdentity(id: eos.producer_id, epoch: eos.producer_epoch) }
    }
}
