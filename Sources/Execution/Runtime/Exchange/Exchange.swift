internal import Columnar

/// One edge as seen from one sending subtask: how batches are spread over its channels. Belongs to the sender's worker.
final class Exchange {
    private enum Spread {
        case single
        case hash(HashPartitioner)
        case rebalance
        case broadcast
    }

    private let channels: [OutputChannel]
    private let spread: Spread
    private var next: Int

    /// - Parameter channels: one for each receiving subtask, in order; a single one where the edge is direct.
    init(_ routing: ExecutionGraph.Routing, channels: [OutputChannel], keyGroupCount: Int, subtask: Int) {
        self.channels = channels
        next = subtask % channels.count
        switch routing {
        case _ where channels.count == 1: spread = .single
        case .direct: preconditionFailure("\(channels.count) channels of a direct edge")
        case .hash(let columns):
            spread = .hash(
                HashPartitioner(keys: columns, targetCount: channels.count, keyGroupCount: keyGroupCount))
        case .rebalance: spread = .rebalance
        case .broadcast: spread = .broadcast
        }
    }

    var hasRoom: Bool {
        for channel in channels where !channel.hasRoom { return false }
        return true
    }

    func emit(_ batch: RecordBatch) {
        switch spread {
        case .single: channels[0].push(.batch(batch))
        case .hash(let partitioner):
            partitioner.split(batch) { target, part in channels[target].push(.batch(part)) }
        case .rebalance:
            channels[next].push(.batch(batch))
            next = next + 1 == channels.count ? 0 : next + 1
        case .broadcast: pushToAll(.batch(batch))
        }
    }

    /// For everything but batches.
    func pushToAll(_ element: StreamElement) {
        for channel in channels { channel.push(element) }
    }
}
