internal import Columnar

/// A snapshot is a header (what it is, the watermark up to which rows have been released, the key groups that this is
/// true of) and then blocks of rows in columns.
///
/// Changes hold the rows that have come since the last ones and still wait; what was released is found by the watermark
/// alone. Blocks hold the places of the rows' records where the buffer that wrote them kept these; one that keeps them reads the others too,
/// and the other way round.
extension RowBuffer {
    private static let mark: UInt8 = 0x52
    private static let markWithPlaces: UInt8 = 0x53

    package func takeChanges() -> SnapshotBuffer? {
        if !isChanged { return nil }
        isChanged = false
        let buffer = SnapshotBuffer()
        writeHeader(keyGroups: placement.owned, into: buffer)
        for block in blocks where block.savedRowCount < block.rowCount {
            let saved = block.savedRowCount
            block.savedRowCount = block.rowCount
            let rows = block.waitingRows.filter { Int($0.row) >= saved }
            write(rows, of: block, keyGroups: nil, into: buffer)
        }
        return buffer
    }

    package func writeFull(keyGroups: Range<Int>, into buffer: SnapshotBuffer) {
        let groups = keyGroups.clamped(to: placement.owned)
        writeHeader(keyGroups: groups, into: buffer)
        for block in blocks {
            let filter = groups == placement.owned ? nil : groups
            write(Array(block.waitingRows), of: block, keyGroups: filter, into: buffer)
        }
    }

    package func restore(_ bytes: UnsafeRawBufferPointer, keyGroups: KeyGroupSet) throws(StateError) {
        var reader = SnapshotReader(bytes, state: descriptor.name)
        if reader.isAtEnd { return }
        let mark = try reader.read(UInt8.self)
        guard mark == Self.mark || mark == Self.markWithPlaces else { throw reader.corrupted("not rows") }
        let savedSchema = mark == Self.mark ? schema : Self.withPlaces(schema)
        let watermark = try reader.read(Int64.self)
        let lower = Int(try reader.read(UInt32.self))
        let upper = Int(try reader.read(UInt32.self))
        if lower > upper || upper > placement.count { throw reader.corrupted("key groups \(lower) to \(upper)") }
        dropReleased(upTo: watermark) { (lower..<upper).contains($0) && keyGroups.contains($0) }
        while !reader.isAtEnd {
            let batch = fitted(try ColumnBlock.read(savedSchema, &reader))
            let groups = keyGroupsOfRows(batch)
            let rows = groups.indices.filter { placement.owned.contains(groups[$0]) && keyGroups.contains(groups[$0]) }
            if rows.isEmpty { continue }
            let block = WaitingBlock(
                batch.selecting(SelectionVector(rows.map { Int32($0) })), timeColumn: timeColumn)
            block.savedRowCount = block.rowCount
            waitingCount += block.waitingCount
            addBlock(block)
        }
    }

    private func writeHeader(keyGroups: Range<Int>, into buffer: SnapshotBuffer) {
        buffer.append(keepsPlaces ? Self.markWithPlaces : Self.mark)
        buffer.append(releasedUpTo.microseconds)
        buffer.append(UInt32(keyGroups.lowerBound))
        buffer.append(UInt32(keyGroups.upperBound))
    }

    /// - Parameter keyGroups: nil for all that are owned.
    private func write(
        _ rows: [WaitingRow], of block: WaitingBlock, keyGroups: Range<Int>?, into buffer: SnapshotBuffer
    ) {
        var start = 0
        while start < rows.count {
            let end = Swift.min(rows.count, start + RecordBatch.maximumRowCount)
            var batch = gathered(rows[start..<end], of: block)
            if let keyGroups {
                let groups = keyGroupsOfRows(batch)
                let kept = (start..<end).filter { keyGroups.contains(groups[$0 - start]) }
                batch = gathered(kept.map { rows[$0] }[...], of: block)
            }
            if batch.rowCount > 0 { ColumnBlock.write(batch, into: buffer) }
            start = end
        }
    }

    private func gathered(_ rows: ArraySlice<WaitingRow>, of block: WaitingBlock) -> RecordBatch {
        let gather = RowGather([block], used: [0])
        defer { gather.deallocate() }
        let own = rows.map { WaitingRow(time: $0.time, block: 0, row: $0.row) }
        return own.withUnsafeBufferPointer { own in
            guard let first = own.baseAddress, !own.isEmpty else {
                let columns = storedSchema.fields.map { Column(type: $0.type, capacity: 0) }
                return RecordBatch(schema: storedSchema, columns: columns, rowCount: 0)
            }
            return gather.batch(storedSchema, first, own.count)
        }
    }

    private func keyGroupsOfRows(_ batch: RecordBatch) -> [Int] {
        var hashes = [UInt64](repeating: 0, count: batch.rowCount)
        hashes.withUnsafeMutableBufferPointer { hashes in
            if let first = hashes.baseAddress, batch.rowCount > 0 {
                KeyHash.hash(batch, keys: keyColumns, into: first)
            }
        }
        return hashes.map { KeyGroup.index(ofHash: $0, count: placement.count) }
    }

    /// Drops waiting rows that had been released when a later snapshot was made.
    private func dropReleased(upTo watermark: Int64, of isReleased: (Int) -> Bool) {
        for index in blocks.indices where firstTimes[index] <= watermark {
            let block = blocks[index]
            let groups = keyGroupsOfRows(gathered(Array(block.waitingRows)[...], of: block))
            let times = block.waitingRows.map(\.time)
            let before = block.waitingCount
            block.keep { times[$0] > watermark || !isReleased(groups[$0]) }
            waitingCount -= before - block.waitingCount
            firstTimes[index] = block.firstTime
        }
        dropEmptyBlocks()
    }
}
