internal import Dataflow

/// Where the reading of a partition stands and where it ends.
struct SplitPosition: Sendable {
    let id: SplitID
    var nextOffset: Int64
    /// The offset at which a bounded table ends; nil for never.
    var stopOffset: Int64?
    /// The end offset when the job first started.
    var loadOffset: Int64
    /// The last record before `nextOffset`; nil before the first.
    var last: Fingerprint?
    /// Offsets that were passed over because they were gone.
    var lostCount: Int64 = 0

    private enum Key {
        static let stop = "stop"
        static let load = "load"
        static let last = "last"
    }

    init(id: SplitID, nextOffset: Int64, stopOffset: Int64?, loadOffset: Int64) {
        self.id = id
        self.nextOffset = nextOffset
        self.stopOffset = stopOffset
        self.loadOffset = loadOffset
    }

    init(_ state: SplitState) {
        id = state.id
        nextOffset = state.nextOffset
        stopOffset = state.attributes[Key.stop].flatMap { Int64($0) }
        loadOffset = state.attributes[Key.load].flatMap { Int64($0) } ?? 0
        last = state.attributes[Key.last].flatMap { Fingerprint($0) }
        lostCount = state.lostCount ?? 0
    }

    /// Goes on at `offset`, since everything before it is gone; a bounded table ends no later than it would have.
    ///
    /// - Returns: the offsets that were lost.
    mutating func skip(to offset: Int64) -> Range<Int64> {
        let target = max(nextOffset, min(offset, stopOffset ?? .max))
        let lost = nextOffset..<target
        nextOffset = target
        lostCount += Int64(lost.count)
        last = nil
        return lost
    }

    var state: SplitState {
        var attributes = [Key.load: String(loadOffset)]
        attributes[Key.stop] = stopOffset.map { String($0) }
        attributes[Key.last] = last?.text
        return SplitState(
            id: id, nextOffset: nextOffset, lostCount: lostCount > 0 ? lostCount : nil, attributes: attributes)
    }

    var isFinished: Bool { stopOffset.map { nextOffset >= $0 } ?? false }
    var isCaughtUp: Bool { nextOffset >= loadOffset }
}
