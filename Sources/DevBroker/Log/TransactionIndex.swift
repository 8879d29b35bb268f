/// The open and the aborted transactions of a partition, from which the last stable offset follows.
struct TransactionIndex {
    /// A transaction that was aborted.
    struct Aborted {
        var producerId: Int64
        var firstOffset: Int64
        /// The offset of the marker.
        var lastOffset: Int64
        /// The last stable offset once the marker was written.
        var lastStableOffset: Int64
    }

    /// First offsets of open transactions, by producer.
    private(set) var open: [Int64: Int64] = [:]
    /// In the order of their markers.
    private(set) var aborted: [Aborted] = []

    /// The first offset that belongs to an open transaction; nil when there is none.
    private(set) var firstUnstableOffset: Int64?

    mutating func begin(producerId: Int64, at offset: Int64) {
        guard open[producerId] == nil else { return }
        open[producerId] = offset
        firstUnstableOffset = min(firstUnstableOffset ?? offset, offset)
    }

    /// Ends a producer's transaction; does nothing when none is open.
    mutating func end(producerId: Int64, markerOffset: Int64, isCommit: Bool) {
        guard let start = open.removeValue(forKey: producerId) else { return }
        if firstUnstableOffset == start { firstUnstableOffset = open.values.min() }
        guard !isCommit else { return }
        aborted.append(
            Aborted(
                producerId: producerId, firstOffset: start, lastOffset: markerOffset,
                lastStableOffset: firstUnstableOffset ?? markerOffset + 1))
    }

    /// The aborted transactions that have records in a range of offsets, its end not included.
    func aborted(from start: Int64, to end: Int64) -> [FetchResponse.AbortedTransaction] {
        var low = 0
        var high = aborted.count
        while low < high {
            let middle = (low + high) / 2
            if aborted[middle].lastOffset < start { low = middle + 1 } else { high = middle }
        }
        var found: [FetchResponse.AbortedTransaction] = []
        for transaction in aborted[low...] {
            if transaction.firstOffset < end {
                var entry = FetchResponse.AbortedTransaction()
                entry.producerId = transaction.producerId
                entry.firstOffset = transaction.firstOffset
                found.append(entry)
            }
            // Every later one began at or after this offset.
            if transaction.lastStableOffset >= end { break }
        }
        return found
    }

    /// Forgets aborted transactions that end before the log's new start.
    mutating func forget(before offset: Int64) {
        aborted.removeAll { $0.lastOffset < offset }
    }

    /// Whether a record of the producer at the offset was aborted.
    func isAborted(producerId: Int64, offset: Int64) -> Bool {
        aborted.contains {
            $0.producerId == producerId && $0.firstOffset <= offset && offset <= $0.lastOffset
        }
    }
}
