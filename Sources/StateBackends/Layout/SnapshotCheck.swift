internal import Columnar

/// What a value must be like whatever file it came from, since kernels rely on it: a boolean is 0 or 1, a text is UTF-8.
enum SnapshotCheck {
    static func isText(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var position = 0
        while position + 8 <= bytes.count,
            bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
        {
            position += 8
        }
        while position < bytes.count, bytes[position] < 0x80 { position += 1 }
        if position == bytes.count { return true }
        return (try? UTF8Span(validating: bytes.bindMemory(to: UInt8.self).span)) != nil
    }

    /// What is wrong with a column of `rowCount` rows whose slices lie within its arena; nil when nothing is. What a null
    /// hides is made harmless.
    static func flaw(_ column: Column, rowCount: Int) -> String? {
        switch column.type {
        case .boolean:
            for row in 0..<rowCount where column.bools[row] > 1 {
                if column.isValid(row) { return "a boolean of \(column.bools[row])" }
                column.bools[row] = 0
            }
        case .string:
            for row in 0..<rowCount where column.isValid(row) && !isText(column.bytes(row)) {
                return "a text that is no UTF-8"
            }
        default: break
        }
        return nil
    }
}

extension RowLayout {
    /// What is wrong with a row read from a snapshot; nil when nothing is. What a null hides is made harmless.
    func flaw(_ row: UnsafeMutableRawPointer) -> String? {
        for slot in slots {
            let place = row + slot.offset
            switch slot.physical {
            case .bool:
                let value = place.load(as: UInt8.self)
                if value > 1 {
                    guard use == .values, isNull(row, slot) else { return "a boolean of \(value)" }
                    place.storeBytes(of: 0, as: UInt8.self)
                }
            case .bytes:
                let bytes = PackedBytes.bytes(at: place)
                if !PackedBytes.isCanonical(place) { return "a value whose first bytes are others" }
                if slot.isText && !SnapshotCheck.isText(bytes) { return "a text that is no UTF-8" }
            case .int32, .int64, .double, .int128: break
            }
        }
        if use == .key {
            for offset in flagOffset..<byteCount where row.load(fromByteOffset: offset, as: UInt8.self) != 0 {
                return "bytes behind a key"
            }
        }
        return nil
    }
}
