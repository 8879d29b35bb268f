internal import Columnar

/// The watermark of several channels (or splits): the least of those that are active.
///
/// A channel that is idle holds nothing back; one that has ended neither. When all that have not ended are idle, the
/// watermark is the greatest of theirs: nobody is left for whom it would have to wait. Never goes back.
struct WatermarkCombiner: Sendable {
    /// What changed, in the order in which it must be handed on: becoming active comes before the watermark, becoming
    /// idle after.
    struct Change: Equatable, Sendable {
        var watermark: Timestamp?
        var status: WatermarkStatus?
    }

    private struct Channel {
        var watermark = Timestamp.min
        var isIdle = false
        var hasEnded = false
    }

    private var channels: [Channel]
    /// The combined watermark.
    private(set) var watermark = Timestamp.min
    private(set) var status = WatermarkStatus.active

    init(channelCount: Int) {
        channels = Array(repeating: Channel(), count: channelCount)
    }

    var haveAllEnded: Bool { channels.allSatisfy(\.hasEnded) }

    mutating func update(_ channel: Int, watermark: Timestamp) -> Change {
        channels[channel].watermark = max(channels[channel].watermark, watermark)
        return combine()
    }

    mutating func update(_ channel: Int, status: WatermarkStatus) -> Change {
        channels[channel].isIdle = status == .idle
        return combine()
    }

    mutating func end(_ channel: Int) -> Change {
        channels[channel].hasEnded = true
        return combine()
    }

    private mutating func combine() -> Change {
        var least = Timestamp.max
        var greatestIdle = Timestamp.min
        var (activeCount, idleCount) = (0, 0)
        for channel in channels where !channel.hasEnded {
            if channel.isIdle {
                idleCount += 1
                greatestIdle = max(greatestIdle, channel.watermark)
            } else {
                activeCount += 1
                least = min(least, channel.watermark)
            }
        }
        let combined = activeCount > 0 || idleCount == 0 ? least : greatestIdle
        let newStatus: WatermarkStatus = activeCount == 0 && idleCount > 0 ? .idle : .active
        var change = Change()
        if combined > watermark {
            watermark = combined
            change.watermark = combined
        }
        if newStatus != status {
            status = newStatus
            change.status = newStatus
        }
        return change
    }
}
