internal import Columnar

/// Rows of one column into another of the same type.
enum ColumnCopy {
    /// All rows; values of fixed width only.
    static func all(_ source: Column, _ target: Column, _ rows: Rows) {
        Validity.copy(source, rows, into: target)
        target.storage.copyMemory(from: source.storage, byteCount: rows.count * source.type.physical.stride)
    }

    /// The rows of `source` where `condition` is true, whatever the row's value; values of fixed width only.
    static func whereTrue(_ condition: Column, _ source: Column, _ target: Column, _ rows: Rows) {
        for word in 0..<rows.wordCount {
            let mask = Bits.values(condition, word: word, rowCount: rows.count) & condition.validity[word]
            target.validity[word] = target.validity[word] & ~mask | source.validity[word] & mask
            blend(mask, source, target, word << 6, rows.count)
        }
    }

    /// The rows of `source` that are not null; values of fixed width only.
    static func whereValid(_ source: Column, _ target: Column, _ rows: Rows) {
        for word in 0..<rows.wordCount {
            let mask = source.validity[word]
            target.validity[word] |= mask
            blend(mask, source, target, word << 6, rows.count)
        }
    }

    private static func blend(_ mask: UInt64, _ source: Column, _ target: Column, _ start: Int, _ rowCount: Int) {
        if mask == 0 { return }
        let count = Swift.min(64, rowCount &- start)
        switch source.type.physical {
        case .bool: blend(mask, source.bools + start, target.bools + start, count)
        case .int32: blend(mask, source.int32s + start, target.int32s + start, count)
        case .int64: blend(mask, source.int64s + start, target.int64s + start, count)
        case .int128: blend(mask, source.int128s + start, target.int128s + start, count)
        case .double: blend(mask, source.doubles + start, target.doubles + start, count)
        case .bytes: preconditionFailure("texts are not blended")
        }
    }

    @inline(__always)
    private static func blend<Value: BitwiseCopyable>(
        _ mask: UInt64, _ source: UnsafePointer<Value>, _ target: UnsafeMutablePointer<Value>, _ count: Int
    ) {
        if mask == .max, count == 64 {
            target.update(from: source, count: 64)
            return
        }
        for row in 0..<count { target[row] = mask >> UInt64(row) & 1 != 0 ? source[row] : target[row] }
    }

    /// The given rows, with their nulls; texts are appended to the target's arena.
    static func selected(_ source: Column, _ target: Column, _ rows: Rows) {
        switch source.type.physical {
        case .bool: selected(source, source.bools, target, target.bools, rows)
        case .int32: selected(source, source.int32s, target, target.int32s, rows)
        case .int64: selected(source, source.int64s, target, target.int64s, rows)
        case .int128: selected(source, source.int128s, target, target.int128s, rows)
        case .double: selected(source, source.doubles, target, target.doubles, rows)
        case .bytes:
            guard let from = source.arena, let to = target.arena else { return }
            var last = ByteSlice(offset: .max, length: 0)
            var copied = last
            rows.forEach { row in
                guard source.isValid(row) else {
                    target.setNull(row)
                    return
                }
                target.setValid(row)
                // Constants have one slice for all rows.
                let slice = source.slices[row]
                if slice != last {
                    copied = to.append(from.bytes(slice))
                    last = slice
                }
                target.slices[row] = copied
            }
        }
    }

    @inline(__always)
    private static func selected<Value: BitwiseCopyable>(
        _ source: Column, _ values: UnsafeMutablePointer<Value>, _ target: Column,
        _ results: UnsafeMutablePointer<Value>, _ rows: Rows
    ) {
        rows.forEach { row in
            results[row] = values[row]
            let bit: UInt64 = 1 << UInt64(row & 63)
            let word = row >> 6
            target.validity[word] = target.validity[word] & ~bit | source.validity[word] & bit
        }
    }
}
