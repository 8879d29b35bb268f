/// Hashing of key columns, a batch at a time.
///
/// The result decides the key group of a row and so where its state lies: it is the same in every process and version,
/// and part of the checkpoint format. Tables mix in a seed of their own before they use it for slots.
@usableFromInline
package enum KeyHash {
    /// The hash of no columns.
    package static let start: UInt64 = 0x9e37_79b9_7f4a_7c15
    @usableFromInline static let factor: UInt64 = 0xd6e8_feb8_6659_fd93
    @usableFromInline static let null: UInt64 = 0xa076_1d64_78bd_642f

    /// The 128-bit product, folded.
    @inlinable @inline(__always)
    package static func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }

    /// The 64 bits of a 128-bit value that `combine` takes.
    @inlinable @inline(__always)
    package static func folded(_ value: Int128) -> UInt64 {
        let value = UInt128(bitPattern: value)
        return UInt64(truncatingIfNeeded: value) ^ mix(UInt64(truncatingIfNeeded: value >> 64), factor)
    }

    /// Continues `hash` with a 64-bit value.
    @inlinable @inline(__always)
    package static func combine(_ hash: UInt64, _ value: UInt64) -> UInt64 {
        mix(hash ^ value, factor) &+ (value >> 32)
    }

    /// Continues `hash` with bytes and their number.
    @inlinable
    package static func combine(_ hash: UInt64, _ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var result = combine(hash, UInt64(bytes.count))
        var offset = 0
        while offset + 8 <= bytes.count {
            result = combine(result, bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            offset += 8
        }
        if offset < bytes.count {
            var tail: UInt64 = 0
            while offset < bytes.count {
                tail = tail << 8 | UInt64(bytes[offset])
                offset += 1
            }
            result = combine(result, tail)
        }
        return result
    }

    /// Writes the hash of the key columns of every selected row to `hashes[row]`.
    ///
    /// - Parameter hashes: room for `batch.rowCount` values.
    @usableFromInline
    package static func hash(_ batch: RecordBatch, keys: [Int], into hashes: UnsafeMutablePointer<UInt64>) {
        batch.forEachRow { row in hashes[row] = start }
        for key in keys {
            let column = batch.columns[key]
            switch column.type.physical {
            case .bool: fold(batch, column, hashes) { UInt64(column.bools[$0]) }
            case .int32: fold(batch, column, hashes) { UInt64(bitPattern: Int64(column.int32s[$0])) }
            case .int64: fold(batch, column, hashes) { UInt64(bitPattern: column.int64s[$0]) }
            case .double:
                // -0.0 and 0.0 are equal, so they must hash alike.
                fold(batch, column, hashes) { (column.doubles[$0] + 0.0).bitPattern }
            case .int128:
                fold(batch, column, hashes) { folded(column.int128s[$0]) }
            case .bytes:
                batch.forEachRow { row in
                    hashes[row] =
                        column.isValid(row) ? combine(hashes[row], column.bytes(row)) : combine(hashes[row], null)
                }
            }
        }
    }

    @inline(__always)
    private static func fold(
        _ batch: RecordBatch, _ column: Column, _ hashes: UnsafeMutablePointer<UInt64>, _ value: (Int) -> UInt64
    ) {
        if batch.selection == nil && column.isAllValid(batch.rowCount) {
            for row in 0..<batch.rowCount { hashes[row] = combine(hashes[row], value(row)) }
        } else {
            batch.forEachRow { row in
                hashes[row] = combine(hashes[row], column.isValid(row) ? value(row) : null)
            }
        }
    }
}
