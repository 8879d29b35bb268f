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
    }

    var state: SplitState {
        var attributes = [Key.load: String(loadOffset)]
        attributes[Key.stop] = stopOffset.map { String($0) }
        attributes[Key.last] = last?.text
        return SplitState(id: id, nextOffset: nextOffset, attributes: attributes)
    }

    var isFinished: Bool { stopOffset.map { nextOffset >= $0 } ?? false }
    var isCaughtUp: Bool { nextOffset >= loadOffset }
}
