internal import Columnar
internal import Glibc

/// Encoded rows of one table that go to the server together. With a key, at most one row of each key stands.
///
/// Safe because a unit is filled by one thread, then handed over through a queue and only read by the next.
final class RowUnit: @unchecked Sendable {
    /// The tuples, one after the other.
    private let arena: Arena
    /// Where each tuple begins, and where the last one ends: `rowCount + 1` positions.
    private var offsets: UnsafeMutablePointer<UInt32>
    private var offsetCapacity: Int
    /// Rows, replaced ones included.
    private(set) var rowCount = 0
    /// Rows that a later one of the same key replaced; empty while there are none.
    private var replaced: [Bool] = []
    /// Open addressing over row numbers plus 1; 0 is free. Its size is a power of two.
    private var slots: [UInt32] = []
    private var hashes: [UInt64] = []
    private(set) var liveCount = 0
    /// Whether a row deletes.
    var hasDeletes = false
    /// Rows that were found unfit while the unit was filled: kept in the dead letters with its transaction.
    var refusedRows: [RefusedRow] = []
    /// The batches that the rows came from, each with the unit's row count before it, and every row's number in its
    /// batch; filled only where refused rows are kept.
    private(set) var origins: [(firstRow: Int, batch: RecordBatch)] = []
    private var originRows: [Int32] = []
    /// The rows' table, as the session numbers them.
    let table: Int

    init(table: Int, capacity: Int = 1 << 16) {
        self.table = table
        arena = Arena(capacity: capacity)
        offsetCapacity = 4096
        offsets = .allocate(capacity: offsetCapacity)
        offsets[0] = 0
    }

    deinit {
        offsets.deallocate()
    }

    /// Bytes, those of replaced rows included.
    var byteCount: Int { arena.count }

    var isEmpty: Bool { rowCount == 0 && refusedRows.isEmpty }

    func arenaReserve(_ byteCount: Int) -> UnsafeMutablePointer<UInt8> { arena.reserve(byteCount) }

    func arenaCommit(_ byteCount: Int) { _ = arena.commit(byteCount) }

    /// Adds rows whose bytes follow those of the row before, and answers where their ends go: `count` positions, each
    /// counted from the unit's first byte.
    func appendRows(_ count: Int) -> UnsafeMutablePointer<UInt32> {
        if rowCount + count + 1 > offsetCapacity { growOffsets(rowCount + count + 1) }
        let ends = offsets + rowCount + 1
        rowCount += count
        liveCount += count
        return ends
    }

    private func growOffsets(_ needed: Int) {
        offsetCapacity = max(needed, offsetCapacity * 2)
        let larger = UnsafeMutablePointer<UInt32>.allocate(capacity: offsetCapacity)
        larger.update(from: offsets, count: rowCount + 1)
        offsets.deallocate()
        offsets = larger
    }

    /// Notes where the rows that were added last came from.
    func appendOrigin(_ batch: RecordBatch, rows: UnsafeBufferPointer<Int32>) {
        origins.append((rowCount - rows.count, batch))
        originRows.append(contentsOf: rows)
    }

    /// The batch that a row came from and its number there; nil where origins were not kept.
    func origin(_ row: Int) -> (batch: RecordBatch, row: Int)? {
        guard row < originRows.count, let origin = origins.last(where: { $0.firstRow <= row }) else { return nil }
        return (origin.batch, Int(originRows[row]))
    }

    /// The number that a row had in its batch, where origins are kept.
    func originRow(_ row: Int) -> Int { Int(originRows[row]) }

    /// Copies a whole tuple to the end.
    func append(tuple: UnsafeRawBufferPointer) {
        _ = arena.append(tuple)
        appendRows(1).pointee = UInt32(truncatingIfNeeded: arena.count)
    }

    /// The bytes of a row's tuple.
    func tuple(_ row: Int) -> UnsafeRawBufferPointer {
        let start = Int(offsets[row])
        return UnsafeRawBufferPointer(start: arena.base + start, count: Int(offsets[row + 1]) - start)
    }

    func isLive(_ row: Int) -> Bool { replaced.isEmpty || !replaced[row] }

    /// Calls `body` with pieces of memory that hold the live rows of a range, in order, as few as can be.
    func forEachRun<E: Error>(
        _ rows: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(E) -> Void
    ) throws(E) {
        var start = rows.lowerBound
        while start < rows.upperBound {
            guard isLive(start) else {
                start += 1
                continue
            }
            var end = start + 1
            if replaced.isEmpty {
                end = rows.upperBound
            } else {
                while end < rows.upperBound && !replaced[end] { end += 1 }
            }
            let first = Int(offsets[start])
            try body(UnsafeRawBufferPointer(start: arena.base + first, count: Int(offsets[end]) - first))
            start = end
        }
    }

    /// Registers row `row`, the newest; an older row with the same first fields is replaced by it.
    func collapse(_ row: Int, keyFieldCount: Int) {
        if (rowCount + 1) * 2 > slots.count { rebuildSlots() }
        let key = key(row, keyFieldCount)
        let hash = KeyHash.combine(0, key)
        hashes.append(hash)
        let mask = slots.count - 1
        var position = Int(truncatingIfNeeded: KeyHash.mix(hash, 0x9e37_79b9_7f4a_7c15)) & mask
        while slots[position] != 0 {
            let other = Int(slots[position]) - 1
            if hashes[other] == hash && Self.areEqual(self.key(other, keyFieldCount), key) {
                if replaced.isEmpty { replaced = [Bool](repeating: false, count: rowCount) }
                replaced[other] = true
                liveCount -= 1
                break
            }
            position = (position + 1) & mask
        }
        slots[position] = UInt32(truncatingIfNeeded: row + 1)
        while !replaced.isEmpty && replaced.count < rowCount { replaced.append(false) }
    }

    private func rebuildSlots() {
        var capacity = 4096
        while capacity < rowCount * 4 { capacity *= 2 }
        slots = [UInt32](repeating: 0, count: capacity)
        for row in 0..<hashes.count where isLive(row) {
            var position = Int(truncatingIfNeeded: KeyHash.mix(hashes[row], 0x9e37_79b9_7f4a_7c15)) & (capacity - 1)
            while slots[position] != 0 { position = (position + 1) & (capacity - 1) }
            slots[position] = UInt32(truncatingIfNeeded: row + 1)
        }
    }

    private static func areEqual(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        guard left.count == right.count, let one = left.baseAddress, let two = right.baseAddress else { return false }
        return memcmp(one, two, left.count) == 0
    }

    /// The first fields of a tuple with their lengths.
    private func key(_ row: Int, _ fieldCount: Int) -> UnsafeRawBufferPointer {
        let tuple = tuple(row)
        var end = 2
        for _ in 0..<fieldCount {
            let length = Int32(bigEndian: tuple.loadUnaligned(fromByteOffset: end, as: Int32.self))
            end += 4 + Int(max(length, 0))
        }
        return UnsafeRawBufferPointer(rebasing: tuple[2..<end])
    }

    /// Forgets all rows and keeps the memory.
    func removeAll() {
        arena.removeAll()
        rowCount = 0
        replaced.removeAll(keepingCapacity: true)
        hashes.removeAll(keepingCapacity: true)
        slots.removeAll(keepingCapacity: true)
        refusedRows.removeAll()
        origins.removeAll()
        originRows.removeAll(keepingCapacity: true)
        liveCount = 0
        hasDeletes = false
    }
}
