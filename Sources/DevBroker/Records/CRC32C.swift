package import NIOCore

/// The Castagnoli checksum that guards record batches and journal entries.
package enum CRC32C {
    /// Eight tables of 256 entries: table *k* is the effect of a byte that is followed by *k* zero bytes.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var value = UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? (value >> 1) ^ 0x82f6_3b78 : value >> 1 }
            tables[byte] = value
        }
        for byte in 0..<256 {
            for table in 1..<8 {
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

    /// The checksum of raw bytes, eight at a time.
    static func checksum(of bytes: UnsafeRawBufferPointer) -> UInt32 {
        unsafe tables.withUnsafeBufferPointer { table in
            var crc: UInt32 = ~0
            var offset = 0
            let count = bytes.count
            while offset + 8 <= count {
                let word = unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian
                let low = UInt32(truncatingIfNeeded: word) ^ crc
                let high = UInt32(truncatingIfNeeded: word >> 32)
                let first = unsafe table[7 * 256 + Int(low & 0xff)] ^ table[6 * 256 + Int(low >> 8 & 0xff)]
                let second = unsafe table[5 * 256 + Int(low >> 16 & 0xff)] ^ table[4 * 256 + Int(low >> 24)]
                let third = unsafe table[3 * 256 + Int(high & 0xff)] ^ table[2 * 256 + Int(high >> 8 & 0xff)]
                let fourth = unsafe table[256 + Int(high >> 16 & 0xff)] ^ table[Int(high >> 24)]
                crc = first ^ second ^ third ^ fourth
                offset += 8
            }
            while offset < count {
                crc = unsafe (crc >> 8) ^ table[Int((crc ^ UInt32(bytes[offset])) & 0xff)]
                offset += 1
            }
            return ~crc
        }
    }
}
