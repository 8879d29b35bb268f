internal import Columnar

extension RowLayout {
    /// Bytes of the row's STRING and BYTES values, wherever they are.
    func variableByteCount(_ row: UnsafeRawPointer) -> Int {
        var total = 0
        for offset in variableOffsets { total += PackedBytes.length(at: row + offset) }
        return total
    }

    /// Replaces borrowed bytes by copies in `heap`: the row owns them from now on.
    func adopt(_ row: UnsafeMutableRawPointer, into heap: BlockHeap) {
        for offset in variableOffsets where PackedBytes.isLong(row + offset) {
            let bytes = PackedBytes.bytes(at: row + offset)
            let copy = heap.allocate(bytes.count)
            copy.copyMemory(from: PackedBytes.pointer(at: row + offset), byteCount: bytes.count)
            PackedBytes.setPointer(copy, at: row + offset)
        }
    }

    /// Gives the bytes that the row owns back to `heap`.
    func disown(_ row: UnsafeMutableRawPointer, into heap: BlockHeap) {
        for offset in variableOffsets where PackedBytes.isLong(row + offset) {
            let pointer = UnsafeMutableRawPointer(mutating: PackedBytes.pointer(at: row + offset))
            heap.release(pointer, PackedBytes.length(at: row + offset))
        }
    }

    @inline(__always)
    func areEqual(_ left: UnsafeRawPointer, _ right: UnsafeRawPointer) -> Bool {
        if variableOffsets.isEmpty {
            var offset = 0
            var difference: UInt64 = 0
            while offset < byteCount {
                difference |=
                    left.load(fromByteOffset: offset, as: UInt64.self)
                    ^ right.load(fromByteOffset: offset, as: UInt64.self)
                offset &+= 8
            }
            return difference == 0
        }
        return areEqualVariable(left, right)
    }

    private func areEqualVariable(_ left: UnsafeRawPointer, _ right: UnsafeRawPointer) -> Bool {
        // The 16-byte slots come first, INT-128 among them; whatever is not a string is compared bit by bit.
        var offset = 0
        while offset < byteCount {
            if variableOffsets.contains(offset) {
                if !PackedBytes.areEqual(left + offset, right + offset) { return false }
                offset += PackedBytes.byteCount
            } else {
                let leftWord = left.load(fromByteOffset: offset, as: UInt64.self)
                if leftWord != right.load(fromByteOffset: offset, as: UInt64.self) { return false }
                offset += 8
            }
        }
        return true
    }

    /// What `KeyHash.hash` gives for the key columns that were packed into `row`.
    func keyHash(_ row: UnsafeRawPointer) -> UInt64 {
        var hash = KeyHash.start
        for slot in slots {
            let place = row + slot.offset
            switch slot.physical {
            case .bool: hash = KeyHash.combine(hash, UInt64(place.load(as: UInt8.self)))
            case .int32: hash = KeyHash.combine(hash, UInt64(bitPattern: Int64(place.load(as: Int32.self))))
            case .int64, .double: hash = KeyHash.combine(hash, place.load(as: UInt64.self))
            case .int128: hash = KeyHash.combine(hash, KeyHash.folded(place.loadUnaligned(as: Int128.self)))
            case .bytes: hash = KeyHash.combine(hash, PackedBytes.bytes(at: place))
            }
        }
        return hash
    }
}
