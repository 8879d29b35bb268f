internal import Columnar

/// A value of fixed width in a column's memory.
protocol FixedValue: BitwiseCopyable, Equatable, Sendable {
    static func values(_ column: Column) -> UnsafeMutablePointer<Self>
    /// Equal for equal values.
    var hashBits: UInt64 { get }
}

extension FixedValue where Self: BinaryInteger {
    @inline(__always)
    var hashBits: UInt64 { UInt64(truncatingIfNeeded: self) }
}

extension UInt8: FixedValue {
    @inline(__always)
    static func values(_ column: Column) -> UnsafeMutablePointer<UInt8> { column.bools }
}

extension Int32: FixedValue {
    @inline(__always)
    static func values(_ column: Column) -> UnsafeMutablePointer<Int32> { column.int32s }
}

extension Int64: FixedValue {
    @inline(__always)
    static func values(_ column: Column) -> UnsafeMutablePointer<Int64> { column.int64s }
}

extension Int128: FixedValue {
    @inline(__always)
    static func values(_ column: Column) -> UnsafeMutablePointer<Int128> { column.int128s }
}

extension Double: FixedValue {
    @inline(__always)
    static func values(_ column: Column) -> UnsafeMutablePointer<Double> { column.doubles }
    /// 0.0 and -0.0 are equal.
    @inline(__always)
    var hashBits: UInt64 { (self + 0.0).bitPattern }
}

/// Bitmaps and bytes of 0 and 1, 64 rows at a time.
enum Bits {
    /// The 64 bytes from `bytes` on, each 0 or 1, as a word.
    @inline(__always)
    static func pack(_ bytes: UnsafePointer<UInt8>) -> UInt64 {
        let words = UnsafeRawPointer(bytes)
        var result: UInt64 = 0
        for part in 0..<8 {
            let eight = words.loadUnaligned(fromByteOffset: part &* 8, as: UInt64.self)
            // Each byte's bit lands in a bit of its own of the highest byte.
            let packed = ((eight & 0x0101_0101_0101_0101) &* 0x0102_0408_1020_4080) >> 56
            result |= packed << UInt64(part &* 8)
        }
        return result
    }

    /// The true bits of word `word` of a BOOLEAN column, valid or not. Columns have room for whole words only in their bitmaps, so the
    /// last word is read byte by byte.
    @inline(__always)
    static func values(_ column: Column, word: Int, rowCount: Int) -> UInt64 {
        let start = word << 6
        if start &+ 64 <= rowCount { return pack(column.bools + start) }
        var result: UInt64 = 0
        for row in start..<rowCount { result |= UInt64(column.bools[row] & 1) << UInt64(row &- start) }
        return result
    }

    /// The bits of `word` as 64 (or fewer) bytes.
    @inline(__always)
    static func unpack(_ word: UInt64, into bytes: UnsafeMutablePointer<UInt8>, count: Int) {
        for row in 0..<Swift.min(count, 64) { bytes[row] = UInt8(truncatingIfNeeded: word >> UInt64(row)) & 1 }
    }
}

/// Validity of results.
enum Validity {
    @inline(__always)
    static func copy(_ source: Column, _ rows: Rows, into output: Column) {
        for word in 0..<rows.wordCount { output.validity[word] = source.validity[word] }
    }

    @inline(__always)
    static func and(_ left: Column, _ right: Column, _ rows: Rows, into output: Column) {
        for word in 0..<rows.wordCount { output.validity[word] = left.validity[word] & right.validity[word] }
    }

    /// Valid where every one of `sources` is.
    static func all(_ sources: [Column], _ rows: Rows, into output: Column) {
        for word in 0..<rows.wordCount {
            var bits: UInt64 = .max
            for source in sources { bits &= source.validity[word] }
            output.validity[word] = bits
        }
    }

    static func setAll(_ rows: Rows, _ output: Column) {
        for word in 0..<rows.wordCount { output.validity[word] = .max }
    }
}
