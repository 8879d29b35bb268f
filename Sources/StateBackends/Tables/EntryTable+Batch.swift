internal import Columnar

extension EntryTable {
    /// Finds the entries of all keys of a batch: `keys.entries` gets one a position, nil where there is none;
    /// `keys.parts` and `keys.tags` are filled for inserting.
    ///
    /// Every pass reads one level for all keys, so that the cache misses of a level overlap: slots, entries, then the
    /// comparison.
    func find(_ keys: KeyBatch) {
        warmSlots(keys)
        findCandidates(keys)
        warmEntries(keys)
        let stride = keyLayout.byteCount
        for position in 0..<keys.count {
            guard let candidate = keys.entries[position] else { continue }
            let key = keys.keys + position &* stride
            if keyLayout.areEqual(candidate + Self.keyOffset, key) { continue }
            keys.entries[position] = find(key, part: Int(keys.parts[position]), tag: keys.tags[position])
        }
    }

    private func warmSlots(_ keys: KeyBatch) {
        let owned = UInt(bitPattern: placement.owned.count)
        var read: UInt64 = 0
        for position in 0..<keys.count {
            let hash = keys.hashes[position]
            let part = placement.part(ofHash: hash)
            precondition(
                UInt(bitPattern: part) < owned,
                "a row of key group \(part + placement.owned.lowerBound) came to \(placement)")
            let tag = tag(hash)
            keys.parts[position] = Int32(truncatingIfNeeded: part)
            keys.tags[position] = tag
            read ^= parts[part].slots[Int(tag >> parts[part].shift)]
        }
        keys.sink.pointee = read
    }

    /// The first entry with the tag of each key.
    private func findCandidates(_ keys: KeyBatch) {
        for position in 0..<keys.count {
            let part = parts + Int(keys.parts[position])
            let tag = keys.tags[position]
            var home = tag >> part.pointee.shift
            var slot = part.pointee.slots[Int(home)]
            while slot != 0 && UInt32(truncatingIfNeeded: slot >> 32) != tag {
                home = (home &+ 1) & part.pointee.mask
                slot = part.pointee.slots[Int(home)]
            }
            keys.entries[position] = slot == 0 ? nil : entry(part, UInt32(truncatingIfNeeded: slot) &- 1)
        }
    }

    /// Reads the memory of all candidates; a loop of its own without branches, so that many reads are under way at
    /// once.
    private func warmEntries(_ keys: KeyBatch) {
        let last = entryByteCount - 8
        let none = UnsafeMutableRawPointer(keys.none)
        var read: UInt64 = 0
        for position in 0..<keys.count {
            let isNone = keys.entries[position] == nil
            let candidate = keys.entries[position] ?? none
            read ^= candidate.load(as: UInt64.self)
            read ^= candidate.load(fromByteOffset: isNone ? 0 : last, as: UInt64.self)
        }
        keys.sink.pointee = read
    }

    /// The entry of a position after `find`, made where there was none, by an earlier position of the same batch too.
    @inline(__always)
    func findOrInsert(_ keys: KeyBatch, _ position: Int) -> UnsafeMutableRawPointer {
        if let entry = keys.entries[position] { return entry }
        let key = keys.keys + position &* keyLayout.byteCount
        let part = Int(keys.parts[position])
        let tag = keys.tags[position]
        return find(key, part: part, tag: tag) ?? insert(key, part: part, tag: tag)
    }

    /// Calls `body` with the entries of a key group, in the order of their memory. `body` may remove the entry that it
    /// is given.
    @inline(__always)
    func forEachEntry<E: Error>(ofPart part: Int, _ body: (UnsafeMutableRawPointer) throws(E) -> Void) throws(E) {
        let part = parts + part
        var index: UInt32 = 0
        while index < part.pointee.entryLimit {
            let entry = entry(part, index)
            if EntryFlags.get(entry) & EntryFlags.live != 0 { try body(entry) }
            index &+= 1
        }
    }
}
