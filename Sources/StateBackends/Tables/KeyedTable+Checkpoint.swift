internal import Columnar

/// A snapshot is one byte that says what it is, then one record a key: whether it is put (1) or removed (0), the key,
/// and for a put the row.
extension KeyedTable {
    private static let mark: UInt8 = 0x4b
    private static let removal: UInt8 = 0
    private static let put: UInt8 = 1

    package func takeChanges() -> SnapshotBuffer? {
        writeChanged()
        return changes.take()
    }

    /// Writes what has changed so far, if it is much.
    func writeAhead() {
        if changes.isDue(changed.count) { writeChanged() }
    }

    private func writeChanged() {
        if changed.count == 0 { return }
        let buffer = changes.open(mark: Self.mark)
        for index in 0..<changed.count {
            let entry = changed[index]
            let flags = EntryFlags.get(entry) & ~EntryFlags.changed
            EntryFlags.set(entry, flags)
            if flags & EntryFlags.removed == 0 {
                writePut(entry, into: buffer)
            } else {
                let key = UnsafeRawPointer(entry + EntryTable.keyOffset)
                let target = buffer.extend(1 + table.keyLayout.snapshotByteCount(key))
                target.storeBytes(of: Self.removal, as: UInt8.self)
                _ = table.keyLayout.write(key, to: target + 1)
                drop(entry)
            }
        }
        changed.removeAll()
    }

    package func writeFull(keyGroups: Range<Int>, into buffer: SnapshotBuffer) {
        buffer.append(Self.mark)
        for group in keyGroups.clamped(to: placement.owned) {
            table.forEachEntry(ofPart: group - placement.owned.lowerBound) { entry in
                if EntryFlags.get(entry) & EntryFlags.removed == 0 { writePut(entry, into: buffer) }
            }
        }
    }

    package func restore(_ bytes: UnsafeRawBufferPointer, keyGroups: KeyGroupSet) throws(StateError) {
        var reader = SnapshotReader(bytes, state: descriptor.name)
        if reader.isAtEnd { return }
        if try reader.read(UInt8.self) != Self.mark { throw reader.corrupted("not a keyed table") }
        let keyLayout = table.keyLayout
        let key = UnsafeMutableRawPointer.allocate(byteCount: keyLayout.byteCount, alignment: 16)
        defer { key.deallocate() }
        let keys = emptyKeyBatch()
        while !reader.isAtEnd {
            let kind = try reader.read(UInt8.self)
            if kind != Self.put && kind != Self.removal { throw reader.corrupted("a record of kind \(kind)") }
            let isPut = kind == Self.put
            try keyLayout.read(&reader, into: key)
            if keys.count == RecordBatch.preferredRowCount { putBack(keys) }
            if isPut { try layout.read(&reader, into: packed + keys.count * layout.byteCount) }
            let hash = keyLayout.keyHash(key)
            let group = KeyGroup.index(ofHash: hash, count: placement.count)
            if !placement.owned.contains(group) || !keyGroups.contains(group) { continue }
            if isPut {
                keys.append(key, hash: hash)
                continue
            }
            // What was put before it, even of the same key, comes first.
            putBack(keys)
            if let entry = table.find(key, part: placement.part(ofHash: hash), tag: table.tag(hash)) { drop(entry) }
        }
        putBack(keys)
    }

    /// Sets the rows that lie packed beside their keys, and empties the batch.
    private func putBack(_ keys: KeyBatch) {
        table.find(keys)
        for position in 0..<keys.count {
            set(table.findOrInsert(keys, position), packed + position &* layout.byteCount)
        }
        keys.removeAll()
    }

    @inline(__always)
    private func writePut(_ entry: UnsafeMutableRawPointer, into buffer: SnapshotBuffer) {
        let key = UnsafeRawPointer(entry + EntryTable.keyOffset)
        let row = UnsafeRawPointer(entry + table.payloadOffset)
        let target = buffer.extend(
            1 + table.keyLayout.snapshotByteCount(key) + layout.snapshotByteCount(row))
        target.storeBytes(of: Self.put, as: UInt8.self)
        _ = layout.write(row, to: table.keyLayout.write(key, to: target + 1))
    }
}
