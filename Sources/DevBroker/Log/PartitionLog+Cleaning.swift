extension PartitionLog {
    /// Moves the log's start forward and removes the segments that lie before it.
    package func deleteRecords(before offset: Int64) throws(DevBrokerError) {
        guard offset > startOffset else { return }
        startOffset = min(offset, endOffset)
        while segments.count > 1, segments[1].baseOffset <= startOffset {
            let segment = segments.removeFirst()
            segment.file.close()
            try storage.remove("\(folder)/\(segment.name)")
        }
        transactions.forget(before: startOffset)
    }

    /// Where the log has to begin to keep the limits on age and size; nil when nothing is to go.
    package func retentionStart(now: Int64) -> Int64? {
        guard configuration.isDeleted else { return nil }
        var start: Int64?
        var remaining = byteCount
        for (segment, next) in zip(segments, segments.dropFirst()) {
            let isOld =
                configuration.retentionMilliseconds >= 0
                && segment.maxTimestamp < now - configuration.retentionMilliseconds
            let isTooMuch =
                configuration.retentionByteCount >= 0 && remaining - segment.size >= configuration.retentionByteCount
            guard isOld || isTooMuch, next.baseOffset <= lastStableOffset else { break }
            remaining -= segment.size
            start = next.baseOffset
        }
        return start
    }

    /// Forgets producers that have been silent for long and have no open transaction.
    package func forgetProducers(silentSince timestamp: Int64) {
        producers = producers.filter { $0.value.transactionStart != nil || $0.value.lastTimestamp >= timestamp }
    }
}
