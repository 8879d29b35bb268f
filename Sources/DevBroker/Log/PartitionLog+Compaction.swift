internal import NIOCore

extension PartitionLog {
    /// Share of bytes not compacted yet from which on a log is compacted by itself.
    private static let dirtyRatio = 0.5

    /// Rewrites the log so that every key keeps its last record, as far as transactions are decided.
    ///
    /// Offsets stay; what is rewritten replaces its segment in one step.
    /// - Parameters:
    ///   - now: Milliseconds since 1970, against which the retention of deletes is measured.
    ///   - isForced: Whether to compact a log that has little to compact, too.
    package func compact(now: Int64, isForced: Bool) throws(DevBrokerError) {
        guard configuration.isCompacted, isForced || isDirty else { return }
        if active.size > 0 { try roll() }
        let cleanable = segments.dropLast()
        guard !cleanable.isEmpty else { return }
        var compaction = LogCompaction(
            limit: try compactionLimit(now: now), now: now,
            deleteRetentionMilliseconds: configuration.deleteRetentionMilliseconds, transactions: transactions)
        for segment in cleanable {
            try segment.scan(from: 0) { header, position throws(DevBrokerError) in
                try compaction.learn(header) { () throws(DevBrokerError) in
                    try segment.file.read(at: position, length: header.byteCount)
                }
                return true
            }
        }
        var rewritten: [LogSegment] = []
        for segment in cleanable { rewritten.append(try rewrite(segment, &compaction)) }
        segments.replaceSubrange(0..<rewritten.count, with: rewritten)
        try removeEmptySegments()
        cleanOffset = compaction.limit
    }

    private var isDirty: Bool {
        let dirty = segments.reduce(0) { total, segment in
            total + (segment.baseOffset >= cleanOffset ? segment.size : 0)
        }
        return dirty > 0 && Double(dirty) >= Self.dirtyRatio * Double(byteCount)
    }

    /// The first offset that must stay: open transactions, and records younger than the lag.
    private func compactionLimit(now: Int64) throws(DevBrokerError) -> Int64 {
        guard configuration.minCompactionLagMilliseconds > 0 else { return lastStableOffset }
        let youngest = now - configuration.minCompactionLagMilliseconds
        var limit = lastStableOffset
        for segment in segments where segment.maxTimestamp > youngest {
            try segment.scan(from: 0) { header, _ throws(DevBrokerError) in
                guard header.maxTimestamp > youngest else { return true }
                limit = min(limit, header.baseOffset)
                return false
            }
        }
        return limit
    }

    private func rewrite(
        _ segment: LogSegment, _ compaction: inout LogCompaction
    ) throws(DevBrokerError) -> LogSegment {
        let temporaryName = segment.name + ".cleaned"
        try storage.remove("\(folder)/\(temporaryName)")
        let file = try storage.open("\(folder)/\(temporaryName)")
        let clean = LogSegment(name: segment.name, baseOffset: segment.baseOffset, file: file)
        try segment.scan(from: 0) { header, position throws(DevBrokerError) in
            let bytes = { () throws(DevBrokerError) in
                try segment.file.read(at: position, length: header.byteCount)
            }
            switch try compaction.judge(header, bytes) {
            case .drop: break
            case .keep: try clean.append(bytes(), header: header)
            case .replace(let batch):
                let encoded = batch.encoded()
                guard let header = RecordBatchHeader(encoded, at: encoded.readerIndex) else {
                    preconditionFailure("a batch of \(encoded.readableBytes) bytes")
                }
                try clean.append(encoded, header: header)
            }
            return true
        }
        if syncsAppends { try file.sync() }
        try storage.rename("\(folder)/\(temporaryName)", to: "\(folder)/\(segment.name)")
        segment.file.close()
        return clean
    }

    /// Removes segments that have nothing left, except the first and the last, whose names tell where the log is.
    private func removeEmptySegments() throws(DevBrokerError) {
        for segment in segments.dropFirst().dropLast() where segment.size == 0 {
            segment.file.close()
            try storage.remove("\(folder)/\(segment.name)")
        }
        segments = segments.enumerated().filter { index, segment in
            index == 0 || index == segments.count - 1 || segment.size > 0
        }.map(\.element)
    }
}
