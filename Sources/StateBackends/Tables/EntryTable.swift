internal import Columnar

/// Entries of one size found by packed key: an open-addressing table for each key group.
///
/// An entry is 8 bytes of header (a count for the owner of the table, then `EntryFlags`), the packed key, and
/// `payloadByteCount` bytes for the owner. It stays where it is until it is removed: entries lie in chunks, and only
/// the slots (32 bits of tag, 32 bits of entry number) are moved when a key group grows, which stops the caller for
/// about 2 ns a key of that key group alone. Slots are at most 70 % full. Owned by one thread.
final class EntryTable {
    struct Part {
        var slots: UnsafeMutablePointer<UInt64>
        /// A tag's home is `tag >> shift`.
        var shift: UInt32
        var mask: UInt32
        var used: UInt32
        var growAt: UInt32
        var chunks: UnsafeMutablePointer<UnsafeMutableRawPointer>
        var chunkCount: UInt32
        var chunkCapacity: UInt32
        /// The first entry number that has never been used.
        var entryLimit: UInt32
        var freeEntry: UInt32
    }

    static let keyOffset = 8
    static let noEntry = UInt32.max
    private static let initialSlotBits: UInt32 = 3
    private static let chunkByteCount = 16 << 10

    let keyLayout: RowLayout
    let placement: KeyGroupPlacement
    let heap: BlockHeap
    private let memory: ChunkSource
    let payloadOffset: Int
    let entryByteCount: Int
    let chunkShift: UInt32
    let chunkMask: UInt32
    let parts: UnsafeMutablePointer<Part>
    /// Entries, then bytes of slots and chunks.
    private let totals: UnsafeMutablePointer<(entries: Int, bytes: Int)>
    private let seed: UInt64

    /// - Parameter memory: where chunks of entries come from; those of `heap` may come from there too.
    init(
        keyLayout: RowLayout, payloadByteCount: Int, placement: KeyGroupPlacement, heap: BlockHeap, memory: ChunkSource
    ) {
        self.keyLayout = keyLayout
        self.placement = placement
        self.heap = heap
        self.memory = memory
        payloadOffset = Self.keyOffset + keyLayout.byteCount
        entryByteCount = payloadOffset + payloadByteCount
        let perChunk = Swift.max(8, Self.chunkByteCount / entryByteCount)
        chunkShift = UInt32(Int.bitWidth - 1 - perChunk.leadingZeroBitCount)
        chunkMask = (1 << chunkShift) - 1
        seed = UInt64.random(in: .min ... .max)
        parts = .allocate(capacity: Swift.max(1, placement.owned.count))
        totals = .allocate(capacity: 1)
        totals.initialize(to: (0, 0))
        for index in 0..<placement.owned.count {
            (parts + index).initialize(to: Self.emptyPart())
            totals.pointee.bytes += 8 << Int(Self.initialSlotBits)
        }
    }

    deinit {
        for index in 0..<placement.owned.count {
            let part = parts[index]
            part.slots.deallocate()
            part.chunks.deallocate()
        }
        parts.deallocate()
        totals.deallocate()
    }

    var entryCount: Int { totals.pointee.entries }

    /// Memory of slots and entries, without the heap.
    var byteCount: Int { totals.pointee.bytes }

    @inline(__always)
    func tag(_ hash: UInt64) -> UInt32 {
        UInt32(truncatingIfNeeded: KeyHash.mix(hash ^ seed, 0x9e37_79b9_7f4a_7c15) >> 32)
    }

    @inline(__always)
    func entry(_ part: UnsafeMutablePointer<Part>, _ index: UInt32) -> UnsafeMutableRawPointer {
        part.pointee.chunks[Int(index >> chunkShift)] + Int(index & chunkMask) &* entryByteCount
    }

    private static func emptyPart() -> Part {
        let slots = UnsafeMutablePointer<UInt64>.allocate(capacity: 1 << Int(initialSlotBits))
        slots.initialize(repeating: 0, count: 1 << Int(initialSlotBits))
        let chunks = UnsafeMutablePointer<UnsafeMutableRawPointer>.allocate(capacity: 1)
        return Part(
            slots: slots, shift: 32 - initialSlotBits, mask: (1 << initialSlotBits) - 1, used: 0,
            growAt: capacity(ofSlots: 1 << initialSlotBits), chunks: chunks, chunkCount: 0, chunkCapacity: 1,
            entryLimit: 0, freeEntry: noEntry)
    }

    private static func capacity(ofSlots count: UInt32) -> UInt32 {
        UInt32(UInt64(count) * 7 / 10)
    }

    /// Finds the entry of a key; nil where there is none.
    func find(_ key: UnsafeRawPointer, part: Int, tag: UInt32) -> UnsafeMutableRawPointer? {
        let part = parts + part
        var position = tag >> part.pointee.shift
        while true {
            let slot = part.pointee.slots[Int(position)]
            if slot == 0 { return nil }
            if UInt32(truncatingIfNeeded: slot >> 32) == tag {
                let found = entry(part, UInt32(truncatingIfNeeded: slot) &- 1)
                if keyLayout.areEqual(found + Self.keyOffset, key) { return found }
            }
            position = (position &+ 1) & part.pointee.mask
        }
    }

    /// Makes the entry of a key that is not there: header and payload zero, the key copied.
    func insert(_ key: UnsafeRawPointer, part: Int, tag: UInt32) -> UnsafeMutableRawPointer {
        let part = parts + part
        if part.pointee.used >= part.pointee.growAt { growSlots(part) }
        let index = takeEntry(part)
        var position = tag >> part.pointee.shift
        while part.pointee.slots[Int(position)] != 0 { position = (position &+ 1) & part.pointee.mask }
        part.pointee.slots[Int(position)] = UInt64(tag) << 32 | UInt64(index &+ 1)
        part.pointee.used &+= 1
        totals.pointee.entries &+= 1
        let made = entry(part, index)
        made.initializeMemory(as: UInt8.self, repeating: 0, count: entryByteCount)
        EntryFlags.set(made, EntryFlags.live)
        (made + Self.keyOffset).copyMemory(from: key, byteCount: keyLayout.byteCount)
        keyLayout.adopt(made + Self.keyOffset, into: heap)
        return made
    }

    /// Takes an entry out; its payload must own nothing any more.
    func remove(_ removed: UnsafeMutableRawPointer) {
        let hash = keyLayout.keyHash(removed + Self.keyOffset)
        let tag = tag(hash)
        let part = parts + placement.part(ofHash: hash)
        let mask = part.pointee.mask
        var position = tag >> part.pointee.shift
        var index = Self.noEntry
        while true {
            let slot = part.pointee.slots[Int(position)]
            precondition(slot != 0, "an entry that its table does not know")
            index = UInt32(truncatingIfNeeded: slot) &- 1
            if entry(part, index) == removed { break }
            position = (position &+ 1) & mask
        }
        closeGap(part, at: position)
        part.pointee.used &-= 1
        totals.pointee.entries &-= 1
        keyLayout.disown(removed + Self.keyOffset, into: heap)
        EntryFlags.set(removed, 0)
        removed.storeBytes(of: part.pointee.freeEntry, as: UInt32.self)
        part.pointee.freeEntry = index
    }

    /// Moves later slots of the run back, so that no search ends too early and no tombstone is needed.
    private func closeGap(_ part: UnsafeMutablePointer<Part>, at position: UInt32) {
        let slots = part.pointee.slots
        let mask = part.pointee.mask
        var hole = position
        var next = (hole &+ 1) & mask
        while slots[Int(next)] != 0 {
            let home = UInt32(truncatingIfNeeded: slots[Int(next)] >> 32) >> part.pointee.shift
            if (next &- home) & mask >= (next &- hole) & mask {
                slots[Int(hole)] = slots[Int(next)]
                hole = next
            }
            next = (next &+ 1) & mask
        }
        slots[Int(hole)] = 0
    }

    private func growSlots(_ part: UnsafeMutablePointer<Part>) {
        let oldCount = Int(part.pointee.mask) + 1
        let old = part.pointee.slots
        precondition(part.pointee.shift > 1, "a key group of \(part.pointee.used) keys: use more key groups")
        let slots = UnsafeMutablePointer<UInt64>.allocate(capacity: oldCount * 2)
        slots.initialize(repeating: 0, count: oldCount * 2)
        let shift = part.pointee.shift - 1
        let mask = UInt32(oldCount * 2 - 1)
        for slot in UnsafeBufferPointer(start: old, count: oldCount) where slot != 0 {
            var position = UInt32(truncatingIfNeeded: slot >> 32) >> shift
            while slots[Int(position)] != 0 { position = (position &+ 1) & mask }
            slots[Int(position)] = slot
        }
        old.deallocate()
        part.pointee.slots = slots
        part.pointee.shift = shift
        part.pointee.mask = mask
        part.pointee.growAt = Self.capacity(ofSlots: mask + 1)
        totals.pointee.bytes += oldCount * 8
    }

    private func takeEntry(_ part: UnsafeMutablePointer<Part>) -> UInt32 {
        let free = part.pointee.freeEntry
        if free != Self.noEntry {
            part.pointee.freeEntry = entry(part, free).load(as: UInt32.self)
            return free
        }
        let index = part.pointee.entryLimit
        if index >> chunkShift >= part.pointee.chunkCount { addChunk(part) }
        part.pointee.entryLimit = index + 1
        return index
    }

    private func addChunk(_ part: UnsafeMutablePointer<Part>) {
        if part.pointee.chunkCount == part.pointee.chunkCapacity {
            let capacity = part.pointee.chunkCapacity * 2
            let chunks = UnsafeMutablePointer<UnsafeMutableRawPointer>.allocate(capacity: Int(capacity))
            chunks.update(from: part.pointee.chunks, count: Int(part.pointee.chunkCount))
            part.pointee.chunks.deallocate()
            part.pointee.chunks = chunks
            part.pointee.chunkCapacity = capacity
        }
        let byteCount = entryByteCount << Int(chunkShift)
        part.pointee.chunks[Int(part.pointee.chunkCount)] = memory.take(byteCount)
        part.pointee.chunkCount += 1
        totals.pointee.bytes += byteCount
    }
}

/// What is known of an entry, in the second half of its header.
enum EntryFlags {
    static let live: UInt32 = 1
    /// Listed as changed since the last snapshot of changes.
    static let changed: UInt32 = 2
    /// Removed, but kept until the removal has been written.
    static let removed: UInt32 = 4
    /// The payload refers to memory of its own.
    static let external: UInt32 = 8

    @inline(__always)
    static func get(_ entry: UnsafeRawPointer) -> UInt32 {
        entry.load(fromByteOffset: 4, as: UInt32.self)
    }

    @inline(__always)
    static func set(_ entry: UnsafeMutableRawPointer, _ flags: UInt32) {
        entry.storeBytes(of: flags, toByteOffset: 4, as: UInt32.self)
    }
}
