internal import Columnar
internal import Glibc

/// Answers by key, bounded in rows, each used no longer than the options say. Owned by one thread.
///
/// Which answer has to go when it is full is decided by a clock: the first one met that was not used since it was last
/// passed by.
final class LookupCache {
    /// One answer. `memory` holds the key's bytes, then the rows' cells.
    private struct Entry {
        var memory: UnsafeMutableRawPointer
        var keyByteCount: Int
        var valueByteCount: Int
        var rowCount: Int
        var hash: UInt64
        var writtenAt: UInt64
        var usedAt: UInt64
        var isUsed: Bool

        func hasKey(_ key: UnsafeRawBufferPointer) -> Bool {
            guard keyByteCount == key.count, let start = key.baseAddress else { return keyByteCount == key.count }
            return memcmp(memory, start, key.count) == 0
        }
    }

    /// The rows of a key.
    struct Answer {
        let bytes: UnsafeRawBufferPointer
        let rowCount: Int
    }

    private let maximumRowCount: Int
    private let writeLimit: UInt64
    private let accessLimit: UInt64
    private var entries: [Entry] = []
    /// Entry numbers plus 1 by hash; 0 is free. Its size is a power of two.
    private var slots: [UInt32]
    private var hand = 0
    /// Rows held; a key without rows counts as one.
    private(set) var rowCount = 0

    init(_ options: LookupOptions, maximumRowCount: Int) {
        self.maximumRowCount = maximumRowCount
        writeLimit = options.expireAfterWrite.map { UInt64($0.milliseconds) * 1_000_000 } ?? .max
        accessLimit = options.expireAfterAccess.map { UInt64($0.milliseconds) * 1_000_000 } ?? .max
        slots = [UInt32](repeating: 0, count: 64)
    }

    deinit {
        for entry in entries { entry.memory.deallocate() }
    }

    /// Keys held.
    var keyCount: Int { entries.count }

    /// The rows of a key, if they are known and not too old. Valid until the next `insert`.
    ///
    /// - Parameter now: nanoseconds of a clock that only goes forward.
    func find(_ key: UnsafeRawBufferPointer, hash: UInt64, now: UInt64) -> Answer? {
        guard let slot = slot(of: key, hash) else { return nil }
        let index = Int(slots[slot]) - 1
        let entry = entries[index]
        if now - entry.writtenAt >= writeLimit || now - entry.usedAt >= accessLimit {
            remove(index)
            return nil
        }
        entries[index].usedAt = now
        entries[index].isUsed = true
        return Answer(
            bytes: UnsafeRawBufferPointer(start: entry.memory + entry.keyByteCount, count: entry.valueByteCount),
            rowCount: entry.rowCount)
    }

    /// Keeps the rows of a key that is not held; others go where there is no room. An answer of more rows than the
    /// cache may hold is not kept.
    func insert(
        _ key: UnsafeRawBufferPointer, hash: UInt64, rows: UnsafeRawBufferPointer, rowCount count: Int, now: UInt64
    ) {
        let weight = max(1, count)
        guard weight <= maximumRowCount else { return }
        while rowCount + weight > maximumRowCount { evict() }
        if (entries.count + 1) * 2 > slots.count { rebuildSlots(slots.count * 2) }
        let memory = UnsafeMutableRawPointer.allocate(byteCount: max(1, key.count + rows.count), alignment: 8)
        if let start = key.baseAddress { memory.copyMemory(from: start, byteCount: key.count) }
        if let start = rows.baseAddress { (memory + key.count).copyMemory(from: start, byteCount: rows.count) }
        entries.append(
            Entry(
                memory: memory, keyByteCount: key.count, valueByteCount: rows.count, rowCount: count, hash: hash,
                writtenAt: now, usedAt: now, isUsed: false))
        occupy(entries.count - 1)
        rowCount += weight
    }

    private func evict() {
        while true {
            if hand >= entries.count { hand = 0 }
            if !entries[hand].isUsed {
                remove(hand)
                return
            }
            entries[hand].isUsed = false
            hand += 1
        }
    }

    private func home(_ hash: UInt64) -> Int {
        Int(truncatingIfNeeded: KeyHash.mix(hash, 0xa076_1d64_78bd_642f)) & (slots.count - 1)
    }

    private func slot(of key: UnsafeRawBufferPointer, _ hash: UInt64) -> Int? {
        var position = home(hash)
        while slots[position] != 0 {
            let entry = entries[Int(slots[position]) - 1]
            if entry.hash == hash && entry.hasKey(key) { return position }
            position = (position + 1) & (slots.count - 1)
        }
        return nil
    }

    private func slot(ofEntry index: Int) -> Int {
        var position = home(entries[index].hash)
        while Int(slots[position]) != index + 1 { position = (position + 1) & (slots.count - 1) }
        return position
    }

    private func occupy(_ index: Int) {
        var position = home(entries[index].hash)
        while slots[position] != 0 { position = (position + 1) & (slots.count - 1) }
        slots[position] = UInt32(truncatingIfNeeded: index + 1)
    }

    private func rebuildSlots(_ count: Int) {
        slots = [UInt32](repeating: 0, count: count)
        for index in entries.indices { occupy(index) }
    }

    /// Takes an entry out; the last one moves to its number.
    private func remove(_ index: Int) {
        free(slot(ofEntry: index))
        let entry = entries[index]
        rowCount -= max(1, entry.rowCount)
        entry.memory.deallocate()
        let last = entries.count - 1
        if index != last {
            slots[slot(ofEntry: last)] = UInt32(truncatingIfNeeded: index + 1)
            entries[index] = entries[last]
        }
        entries.removeLast()
    }

    /// Frees a slot and closes the gap that it would leave in the chains after it.
    private func free(_ slot: Int) {
        let mask = slots.count - 1
        var gap = slot
        var position = (slot + 1) & mask
        while slots[position] != 0 {
            let wanted = home(entries[Int(slots[position]) - 1].hash)
            if (position &- wanted) & mask >= (position &- gap) & mask {
                slots[gap] = slots[position]
                gap = position
            }
            position = (position + 1) & mask
        }
        slots[gap] = 0
    }
}
