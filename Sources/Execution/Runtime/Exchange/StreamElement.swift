internal import Columnar

/// Whether a channel takes part in its receiver's watermark.
enum WatermarkStatus: Sendable {
    case active
    case idle
}

/// A mark between the rows of one epoch and those of the next.
struct CheckpointBarrier: Sendable, Equatable {
    var epoch: Int64
    /// Key groups to be saved whole.
    var fullKeyGroups: Range<Int>?
}

/// What travels between subtasks, in order.
enum StreamElement: Sendable {
    case batch(RecordBatch)
    /// No row with a time <= this is expected from the sender any more.
    case watermark(Timestamp)
    case status(WatermarkStatus)
    /// The sender's sources have been read to the end offsets found when the job first started.
    case caughtUp
    case barrier(CheckpointBarrier)
    /// No more rows; barriers may follow.
    case endOfInput

    var isBatch: Bool {
        if case .batch = self { return true }
        return false
    }

    var isBarrier: Bool {
        if case .barrier = self { return true }
        return false
    }
}
