internal import Columnar

/// A snapshot is one byte that says what it is, then one record a key: the key, the number of versions (32 bits), the
/// versions.
///
/// Pruning is not a change: a restored table prunes again by itself.
extension VersionedTable {
    private static let mark: UInt8 = 0x56

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
            let list = VersionList(entry, self)
            write(entry, list, into: buffer) { version in
                version.load(fromByteOffset: layout.flagOffset, as: UInt8.self) & VersionFlags.changed != 0
            }
            for position in 0..<list.count {
                VersionFlags.remove(VersionFlags.changed, list[position] + layout.flagOffset)
            }
            EntryFlags.set(entry, EntryFlags.get(entry) & ~EntryFlags.changed)
        }
        changed.removeAll()
    }

    package func writeFull(keyGroups: Range<Int>, into buffer: SnapshotBuffer) {
        buffer.append(Self.mark)
        for group in keyGroups.clamped(to: placement.owned) {
            table.forEachEntry(ofPart: group - placement.owned.lowerBound) { entry in
                write(entry, VersionList(entry, self), into: buffer) { _ in true }
            }
        }
    }

    package func restore(_ bytes: UnsafeRawBufferPointer, keyGroups: KeyGroupSet) throws(StateError) {
        var reader = SnapshotReader(bytes, state: descriptor.name)
        if reader.isAtEnd { return }
        if try reader.read(UInt8.self) != Self.mark { throw reader.corrupted("not versions") }
        let keyLayout = table.keyLayout
        let key = UnsafeMutableRawPointer.allocate(byteCount: keyLayout.byteCount, alignment: 16)
        defer { key.deallocate() }
        let keys = emptyKeyBatch()
        while !reader.isAtEnd {
            try keyLayout.read(&reader, into: key)
            let hash = keyLayout.keyHash(key)
            let group = KeyGroup.index(ofHash: hash, count: placement.count)
            let isWanted = placement.owned.contains(group) && keyGroups.contains(group)
            let count = try reader.read(UInt32.self)
            for _ in 0..<count {
                if keys.count == RecordBatch.preferredRowCount { putBack(keys) }
                let version = packed + keys.count * layout.byteCount
                try layout.read(&reader, into: version)
                VersionFlags.remove(VersionFlags.changed, version + layout.flagOffset)
                if isWanted { keys.append(key, hash: hash) }
            }
        }
        putBack(keys)
    }

    /// Inserts the versions that lie packed beside their keys, and empties the batch.
    private func putBack(_ keys: KeyBatch) {
        table.find(keys)
        for position in 0..<keys.count {
            _ = insert(
                packed + position &* layout.byteCount, into: table.findOrInsert(keys, position), horizon: .min)
        }
        keys.removeAll()
    }

    /// Writes the versions of a key that `isWritten` says, or nothing where there are none.
    @inline(__always)
    private func write(
        _ entry: UnsafeMutableRawPointer, _ list: VersionList, into buffer: SnapshotBuffer,
        where isWritten: (UnsafeRawPointer) -> Bool
    ) {
        let keyLayout = table.keyLayout
        var count: UInt32 = 0
        var total = 0
        for index in 0..<list.count where isWritten(list[index]) {
            count &+= 1
            total &+= layout.snapshotByteCount(list[index])
        }
        if count == 0 { return }
        let key = UnsafeRawPointer(entry + EntryTable.keyOffset)
        var target = buffer.extend(keyLayout.snapshotByteCount(key) + 4 + total)
        target = keyLayout.write(key, to: target)
        target.storeBytes(of: count.littleEndian, as: UInt32.self)
        target += 4
        for index in 0..<list.count where isWritten(list[index]) {
            let start = target
            target = layout.write(list[index], to: target)
            VersionFlags.remove(VersionFlags.changed, start + layout.flagOffset)
        }
    }
}
