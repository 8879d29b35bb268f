internal import NIOCore

/// The log of one partition: record batches in segment files, with the producers' and transactions' state that
/// follows from them.
package final class PartitionLog {
    package let folder: String
    package var configuration: TopicConfiguration
    /// The offset of the first record kept.
    package internal(set) var startOffset: Int64
    /// The offset that the next record gets.
    package internal(set) var endOffset: Int64

    let storage: any Storage
    let syncsAppends: Bool
    /// Sorted by base offset; never empty; the last one is appended to.
    var segments: [LogSegment] = []
    var producers: [Int64: ProducerState] = [:]
    var transactions = TransactionIndex()
    /// Offsets before this one were compacted.
    var cleanOffset: Int64 = 0

    /// Opens a partition's log and recovers its state from the files; a torn end is cut off.
    ///
    /// - Parameter startOffset: Where the log begins, when records were deleted.
    /// - Throws: `storage`, or `corruptStorage` for damage elsewhere than at the end.
    package init(
        folder: String, storage: any Storage, configuration: TopicConfiguration, startOffset: Int64 = 0,
        syncsAppends: Bool = false
    ) throws(DevBrokerError) {
        self.folder = folder
        self.storage = storage
        self.configuration = configuration
        self.startOffset = startOffset
        self.syncsAppends = syncsAppends
        endOffset = startOffset
        try recover()
    }

    /// The offset before which every transaction is decided.
    package var lastStableOffset: Int64 { transactions.firstUnstableOffset ?? endOffset }

    /// Bytes in all segments.
    package var byteCount: Int64 { segments.reduce(0) { $0 + $1.size } }

    /// The first offset of a producer's open transaction in this partition.
    package func openTransactionStart(of producerId: Int64) -> Int64? { transactions.open[producerId] }

    /// Ends the use of the files.
    package func close() {
        for segment in segments { segment.file.close() }
    }

    var active: LogSegment {
        guard let last = segments.last else { preconditionFailure("log \(folder) has no segment") }
        return last
    }

    /// Begins a new segment at the end of the log.
    func roll() throws(DevBrokerError) {
        segments.append(try openSegment(baseOffset: endOffset))
    }

    func openSegment(baseOffset: Int64) throws(DevBrokerError) -> LogSegment {
        let name = Self.fileName(baseOffset: baseOffset)
        let file = try storage.open("\(folder)/\(name)")
        return LogSegment(name: name, baseOffset: baseOffset, file: file)
    }

    static let fileSuffix = ".log"

    static func fileName(baseOffset: Int64) -> String {
        let digits = String(baseOffset)
        return String(repeating: "0", count: max(0, 20 - digits.count)) + digits + fileSuffix
    }
}
