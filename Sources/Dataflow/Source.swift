package import Columnar

/// A part of a source that is read in order: a Kafka topic-partition.
package struct SplitID: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    package var topic: String
    package var partition: Int32

    package init(topic: String, partition: Int32) {
        self.topic = topic
        self.partition = partition
    }

    package var description: String { "\(topic)-\(partition)" }

    package static func < (left: SplitID, right: SplitID) -> Bool {
        (left.topic, left.partition) < (right.topic, right.partition)
    }
}

/// How far a split has been read: part of every checkpoint.
package struct SplitState: Hashable, Sendable, Codable {
    package var id: SplitID
    /// The offset of the next record to read.
    package var nextOffset: Int64
    /// The split's own watermark, in microseconds; nil before its first row. Kept by the runtime.
    package var watermark: Int64?
    /// The greatest event time seen in the split, in microseconds; nil before its first row. Kept by the runtime.
    package var maximumTime: Int64?
    /// Offsets that were gone before they could be read, since the job was created, where the table's policy goes on without
    /// them; nil: none.
    package var lostCount: Int64?
    /// What only the connector understands: fingerprint of the last record, end offsets to load up to, ...
    package var attributes: [String: String]

    package init(
        id: SplitID, nextOffset: Int64, watermark: Int64? = nil, maximumTime: Int64? = nil, lostCount: Int64? = nil,
        attributes: [String: String] = [:]
    ) {
        self.id = id
        self.nextOffset = nextOffset
        self.watermark = watermark
        self.maximumTime = maximumTime
        self.lostCount = lostCount
        self.attributes = attributes
    }
}

/// What one call of `SourceReader.read` found.
package struct SourceRead {
    /// Whether reading on at once gives anything.
    package enum Status: Sendable {
        /// There may be more right now.
        case more
        /// Nothing more at present, and the split has been read to the broker's end offset: it may become idle.
        case atEnd
        /// Nothing more at present, but not known to be at the end (the broker is slow or away): it holds the watermark.
        case waiting
        /// A bounded split is done; nothing will ever come.
        case finished
    }

    /// Rows of this split, of the source's physical schema; nil when there are none.
    package var batch: RecordBatch?
    /// Rejected records, rows of `DeadLetter.schema`.
    package var deadLetters: RecordBatch?
    /// Records left out under the policy `skip`.
    package var skippedCount: Int
    /// Records that were taken from the split, whatever became of them, and their bytes; nil where a source has no records.
    package var recordCount: Int?
    package var byteCount: Int
    /// When the first of the records was written, in milliseconds since 1970-01-01T00:00:00Z; nil where that is not known.
    package var recordTime: Int64?
    package var status: Status

    package init(
        batch: RecordBatch? = nil, deadLetters: RecordBatch? = nil, skippedCount: Int = 0, recordCount: Int? = nil,
        byteCount: Int = 0, recordTime: Int64? = nil, status: Status
    ) {
        self.batch = batch
        self.deadLetters = deadLetters
        self.skippedCount = skippedCount
        self.recordCount = recordCount
        self.byteCount = byteCount
        self.recordTime = recordTime
        self.status = status
    }
}

/// A table that is read, one per source vertex. Called from the control thread; calls may block.
package protocol Source: AnyObject, Sendable {
    /// Finds the splits and where each starts: where `restored` has a split, there; else by the table's start-up mode.
    ///
    /// - Throws: `DataflowError`: `.refused` for a recreated topic or a lost range, `.unavailable` while the broker is away.
    func start(restored: [SplitState]) throws -> [SplitState]

    /// For a replay of the past: the same splits, which end where `ends` say (at their start where those do not know them), and count
    /// as loaded where they did when the job first started.
    ///
    /// - Throws: `DataflowError(.refused)` for a source whose past cannot be read again.
    func bounded(_ states: [SplitState], at ends: [SplitState]) throws -> [SplitState]

    /// What becomes of records that cannot be processed; nil where the source cannot be restricted.
    var recordPolicy: RowErrorAction? { get }

    /// The ends of the splits that `start` found; those that are missing are not known.
    var foundEnds: [SplitID: Int64] { get }

    /// Holds for the readers made from now on; after `start`.
    func restrict(_ restriction: SourceRestriction)

    /// A reader of some of the splits, for one worker.
    ///
    /// - Parameter wakeUp: called from any thread when a split that had nothing may have something again.
    func makeReader(splits: [SplitState], wakeUp: @escaping @Sendable () -> Void) throws -> any SourceReader

    /// End offset and lag per split, for reports; nil where unknown. Never blocks.
    func endOffsets() -> [SplitID: Int64]

    /// A checkpoint with these positions is final: for reports outside, such as a group's offsets. The positions of all
    /// sources of the job; never blocks, never read back.
    func didCommit(_ splits: [SplitState], epoch: Int64)

    /// Leaves groups and closes connections, within a bounded time.
    func stop()
}

extension Source {
    package func bounded(_ states: [SplitState], at ends: [SplitState]) throws -> [SplitState] {
        throw DataflowError(
            .refused, "a table of the pipeline makes its rows anew each time; only topics can be replayed")
    }

    package func didCommit(_ splits: [SplitState], epoch: Int64) {}
    package var recordPolicy: RowErrorAction? { nil }
    package var foundEnds: [SplitID: Int64] { [:] }
    package func restrict(_ restriction: SourceRestriction) {}
}

/// Reads some splits of a source; all calls come from one worker thread.
package protocol SourceReader: AnyObject {
    /// The splits, in the order by which `read` and `state` number them.
    var splits: [SplitID] { get }

    /// Takes what is there of one split, at most `maximumRowCount` rows. Never blocks. Not calling it is the back-pressure.
    func read(split: Int, maximumRowCount: Int) throws -> SourceRead

    /// The position after everything that `read` has returned; `watermark` and `maximumTime` are left nil.
    func state(split: Int) -> SplitState

    /// Whether the split has been read to the end offset that was found when the job first started.
    func isCaughtUp(split: Int) -> Bool

    /// When a split that `read` has found at its end last is known to have held nothing behind what was read; nil where that is not
    /// known. Where it was before `wanted` the reader finds out and calls its `wakeUp`. Never blocks.
    ///
    /// - Parameter wanted: not in the future; in nanoseconds of the machine's monotonic clock, like the result.
    func lastKnownEmpty(split: Int, wanted: UInt64) -> UInt64?

    func close()
}

extension SourceReader {
    /// What reads from memory has no end that it does not see.
    package func lastKnownEmpty(split: Int, wanted: UInt64) -> UInt64? { .max }
}
