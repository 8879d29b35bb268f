extension RowLayout {
    /// Bytes of a row in a snapshot: its own, then those of its long values in the order of `variableOffsets`.
    ///
    /// Little-endian, as all platforms are that this is built for.
    func snapshotByteCount(_ row: UnsafeRawPointer) -> Int {
        var total = byteCount
        for offset in variableOffsets where PackedBytes.isLong(row + offset) {
            total += PackedBytes.length(at: row + offset)
        }
        return total
    }

    /// Writes a row to `target`, which has room for `snapshotByteCount`, and returns the end.
    func write(_ row: UnsafeRawPointer, to target: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        target.copyMemory(from: row, byteCount: byteCount)
        var end = target + byteCount
        for offset in variableOffsets where PackedBytes.isLong(row + offset) {
            let bytes = PackedBytes.bytes(at: row + offset)
            end.copyMemory(from: PackedBytes.pointer(at: row + offset), byteCount: bytes.count)
            end += bytes.count
            // Addresses mean nothing to a reader.
            (target + offset + 8).storeBytes(of: 0, as: UInt64.self)
        }
        return end
    }

    /// Reads a row into `target`; its long values stay borrowed from the snapshot.
    func read(_ reader: inout SnapshotReader, into target: UnsafeMutableRawPointer) throws(StateError) {
        target.copyMemory(from: try reader.take(byteCount), byteCount: byteCount)
        for offset in variableOffsets where PackedBytes.isLong(target + offset) {
            PackedBytes.setPointer(try reader.take(PackedBytes.length(at: target + offset)), at: target + offset)
        }
        if let flaw = flaw(target) { throw reader.corrupted(flaw) }
    }
}
