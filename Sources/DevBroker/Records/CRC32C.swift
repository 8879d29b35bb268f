package import NIOCore

/// The Castagnoli checksum that guards record batches and journal entries.
package enum CRC32C {
    /// Bytes taken at a time. Sixteen tables of 256 entries fit the first-level cache.
    private static let stride = 16

    /// Table *k* is the effect of a byte that is followed by *k* zero bytes.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: stride * 256)
        for byte in 0..<256 {
            var value = UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? (value >> 1) ^ 0x82f6_3b78 : value >> 1 }
            tables[byte] = value
        }
        for byte in 0..<256 {
            for table in 1..<stride {
                let previous = tables[(table - 1) * 256 + byte]
                tables[table * 256 + byte] = (previous >> 8) ^ tables[Int(previous & 0xff)]
            }
        }
        return tables
    }()

    /// The checksum of the readable bytes from `start` bytes after the reader index on.
    package static func checksum(of buffer: ByteBuffer, from start: Int = 0) -> UInt32 {
        unsafe buffer.withUnsafeReadableBytes { bytes in
            unsafe checksum(of: UnsafeRawBufferPointer(rebasing: bytes[start...]))
        }
    }

    /// The checksum of raw bytes.
    static func checksum(of bytes: UnsafeRawBufferPointer) -> UInt32 {
        unsafe tables.withUnsafeBufferPointer { tables in
            guard let table = tables.baseAddress else { preconditionFailure("no checksum tables") }
            var crc: UInt32 = ~0
            var offset = 0
            let count = bytes.count
            while offset + stride <= count {
                let first = unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian
                let second = unsafe bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self).littleEndian
                crc = unsafe effect(of: first ^ UInt64(crc), table + 8 * 256) ^ effect(of: second, table)
                offset += stride
            }
            while offset < count {
                crc = unsafe (crc >> 8) ^ table[Int((crc ^ UInt32(bytes[offset])) & 0xff)]
                offset += 1
            }
            return ~crc
        }
    }

    /// The effect of eight bytes, by the eight tables from `table` on.
    @inline(__always)
    private static func effect(of word: UInt64, _ table: UnsafePointer<UInt32>) -> UInt32 {
        var result = unsafe table[7 * 256 + Int(truncatingIfNeeded: word & 0xff)]
        result ^= unsafe table[6 * 256 + Int(truncatingIfNeeded: word >> 8 & 0xff)]
        result ^= unsafe table[5 * 256 + Int(truncatingIfNeeded: word >> 16 & 0xff)]
        result ^= unsafe table[4 * 256 + Int(truncatingIfNeeded: word >> 24 & 0xff)]
        result ^= unsafe table[3 * 256 + Int(truncatingIfNeeded: word >> 32 & 0xff)]
        result ^= unsafe table[2 * 256 + Int(truncatingIfNeeded: word >> 40 & 0xff)]
        result ^= unsafe table[256 + Int(truncatingIfNeeded: word >> 48 & 0xff)]
        result ^= unsafe table[Int(truncatingIfNeeded: word >> 56)]
        return result
    }
}
