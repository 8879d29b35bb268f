package import Columnar

extension RowBuffer {
    /// Takes out all rows with a time <= `watermark`, by time and for equal times by arrival, and hands them to `body`
    /// in batches of at most `RecordBatch.preferredRowCount` rows without a selection, with their places where these are kept.
    package func release(upTo watermark: Timestamp, _ body: (RecordBatch) throws -> Void) rethrows {
        if watermark > releasedUpTo { releasedUpTo = watermark }
        let limit = watermark.microseconds
        let used = firstTimes.indices.filter { firstTimes[$0] <= limit && blocks[$0].waitingCount > 0 }
        if used.isEmpty { return }
        isChanged = true
        let upperBound = used.reduce(0) { $0 + blocks[$1].waitingCount }
        let ready = UnsafeMutablePointer<WaitingRow>.allocate(capacity: upperBound)
        defer { ready.deallocate() }
        reserveSpare(upperBound)
        var count = 0
        for index in used { count += take(index, upTo: limit, to: ready + count) }
        TimeOrder.sort(ready, count, spare: spareStart)
        waitingCount -= count
        let gather = RowGather(blocks, used: used)
        defer {
            gather.deallocate()
            dropEmptyBlocks()
        }
        var start = 0
        while start < count {
            let size = Swift.min(RecordBatch.preferredRowCount, count - start)
            try body(released(gather.batch(storedSchema, ready + start, size)))
            start += size
        }
    }

    /// Takes the rows of one block that are due.
    private func take(_ index: Int, upTo limit: Int64, to target: UnsafeMutablePointer<WaitingRow>) -> Int {
        let block = blocks[index]
        block.sort(spare: spareStart)
        var count = 0
        for waiting in block.waitingRows {
            if waiting.time > limit { break }
            target[count] = WaitingRow(time: waiting.time, block: UInt32(index), row: waiting.row)
            count += 1
        }
        block.advance(count)
        firstTimes[index] = block.firstTime
        return count
    }
}
