/// Decides when a task has received the barrier of an epoch from every channel. One epoch at a time.
struct BarrierAligner: Sendable {
    enum Action: Equatable, Sendable {
        /// Leave the channel alone until the others have delivered theirs.
        case wait
        /// Every channel has delivered it: capture now, hand it on, and go on with all channels.
        case aligned
    }

    private var delivered: [Bool]
    private var missingCount: Int
    private(set) var epoch: Int64?

    init(channelCount: Int) {
        delivered = Array(repeating: false, count: channelCount)
        missingCount = channelCount
    }

    /// Whether what the channel holds belongs to the next epoch.
    func isBlocked(_ channel: Int) -> Bool { delivered[channel] }

    mutating func receive(_ barrier: CheckpointBarrier, from channel: Int) -> Action {
        precondition(
            epoch == nil || epoch == barrier.epoch, "barrier of epoch \(barrier.epoch) while aligning \(epoch ?? 0)")
        precondition(!delivered[channel], "second barrier of epoch \(barrier.epoch) from channel \(channel)")
        delivered[channel] = true
        epoch = barrier.epoch
        missingCount -= 1
        guard missingCount == 0 else { return .wait }
        for index in delivered.indices { delivered[index] = false }
        missingCount = delivered.count
        epoch = nil
        return .aligned
    }
}
