internal import Columnar

/// A snapshot is one byte that says what it is, then one record a key: whether it is put (1) or removed (0), the key,
/// and for a put the row.
extension KeyedTable {
    private static let mark: UInt8 = 0x4b
    private static let removal: UInt8 = 0
    private static let put: UInt8 = 1

    package func writeChanges(into buffer: SnapshotBuffer) {
        if changed.count == 0 { return }
        buffer.append(Self.mark)
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
        let scratch = UnsafeMutableRawPointer.allocate(
            byteCount: keyLayout.byteCount + layout.byteCount, alignment: 16)
        defer { scratch.deallocate() }
        let row = scratch + keyLayout.byteCount
        while !reader.isAtEnd {
            let kind = try reader.read(UInt8.self)
            if kind != Self.put && kind != Self.removal { throw reader.corrupted("a record of kind \(kind)") }
            let isPut = kind == Self.put
            try keyLayout.read(&reader, into: scratch)
            if isPut { try layout.read(&reader, into: row) }
            let hash = keyLayout.keyHash(scratch)
            let group = KeyGroup.index(ofHash: hash, count: placement.count)
            if !placement.owned.contains(group) || !keyGroups.contains(group) { continue }
            if isPut {
                set(table.findOrInsert(scratch, hash: hash), row)
            } else if let entry = table.find(scratch, part: placement.part(ofHash: hash), tag: table.tag(hash)) {
                drop(entry)
            }
        }
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
