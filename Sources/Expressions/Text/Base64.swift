internal import Columnar

/// Base64 with padding (RFC 4648, section 4).
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: UnsafeRawBufferPointer, _ arena: ArenaWriter) -> ByteSlice {
        let target = arena.reserve((bytes.count + 2) / 3 * 4)
        var written = 0
        var position = 0
        while position < bytes.count {
            let count = Swift.min(3, bytes.count - position)
            var group = UInt32(bytes[position]) << 16
            if count > 1 { group |= UInt32(bytes[position + 1]) << 8 }
            if count > 2 { group |= UInt32(bytes[position + 2]) }
            for digit in 0..<4 {
                let value = Int(group >> UInt32(18 - 6 * digit) & 63)
                target[written] = digit <= count ? alphabet[value] : UInt8(ascii: "=")
                written += 1
            }
            position += 3
        }
        return arena.commit(written)
    }

    /// The text that is encoded, with U+FFFD for what is no UTF-8; nil where it is not base64.
    static func decode(_ text: UnsafeRawBufferPointer, _ arena: ArenaWriter) -> ByteSlice? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3 + 3)
        var group: UInt32 = 0
        var bits: UInt32 = 0
        var padding = 0
        for byte in text {
            if byte == UInt8(ascii: "=") {
                padding += 1
                continue
            }
            guard padding == 0, let value = value(byte) else { return nil }
            group = group << 6 | value
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: group >> bits))
            }
        }
        guard padding <= 2, bits < 6, (text.count - padding) % 4 != 1 else { return nil }
        if !bytes.withUnsafeBytes({ UTF8Text.isValid($0) }) {
            bytes = Array(String(decoding: bytes, as: UTF8.self).utf8)
        }
        return bytes.withUnsafeBufferPointer { buffer in
            buffer.baseAddress.map { arena.append($0, buffer.count) } ?? arena.commit(0)
        }
    }

    private static func value(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 65...90: UInt32(byte) - 65
        case 97...122: UInt32(byte) - 71
        case 48...57: UInt32(byte) + 4
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}

/// Hexadecimal digits in upper case.
enum Hexadecimal {
    @inline(__always)
    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? value &+ 48 : value &+ 55 }

    /// Without leading zeros; negative numbers as their 64 bits.
    static func number(_ value: UInt64, _ arena: ArenaWriter) -> ByteSlice {
        let digits = Swift.max(1, (64 - value.leadingZeroBitCount + 3) / 4)
        let target = arena.reserve(digits)
        for position in 0..<digits {
            target[position] = digit(UInt8(truncatingIfNeeded: value >> UInt64((digits - 1 - position) * 4) & 15))
        }
        return arena.commit(digits)
    }

    /// Two digits a byte.
    static func text(_ bytes: UnsafeRawBufferPointer, _ arena: ArenaWriter, isUpper: Bool = true) -> ByteSlice {
        let target = arena.reserve(bytes.count * 2)
        // Letters differ in this bit, digits have it in either case.
        let lower: UInt8 = isUpper ? 0 : 0x20
        for position in 0..<bytes.count {
            target[position * 2] = digit(bytes[position] >> 4) | lower
            target[position * 2 + 1] = digit(bytes[position] & 15) | lower
        }
        return arena.commit(bytes.count * 2)
    }
}
