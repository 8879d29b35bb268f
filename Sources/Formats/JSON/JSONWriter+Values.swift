internal import Columnar

extension JSONWriter {
    /// Writes a value that is not null. Leaves room for the rest of the message in `buffer`.
    @inline(__always)
    func writeValue(
        _ step: UnsafeMutablePointer<JSONWriteStep>, _ row: Int, _ p: UnsafeMutablePointer<UInt8>,
        _ buffer: MessageBuffer
    ) -> UnsafeMutablePointer<UInt8> {
        let storage = step.pointee.storage
        switch step.pointee.kind {
        case .bigint:
            return DigitWriter.write(signed: storage.assumingMemoryBound(to: Int64.self)[row], p)
        case .int:
            return DigitWriter.write(signed: Int64(storage.assumingMemoryBound(to: Int32.self)[row]), p)
        case .double:
            return writeDouble(storage.assumingMemoryBound(to: Double.self)[row], p)
        case .string:
            let slice = storage.assumingMemoryBound(to: ByteSlice.self)[row]
            return writeString(step.pointee.arenaBase + Int(slice.offset), Int(slice.length), p, buffer)
        case .timestamp:
            return writeTimestamp(storage.assumingMemoryBound(to: Int64.self)[row], p, hasZone: false)
        case .timestampLTZ:
            return writeTimestamp(storage.assumingMemoryBound(to: Int64.self)[row], p, hasZone: true)
        case .boolean:
            return writeBoolean(storage.assumingMemoryBound(to: UInt8.self)[row], p)
        case .decimal64:
            let value = storage.assumingMemoryBound(to: Int64.self)[row]
            return writeDecimal(UInt128(value.magnitude), isNegative: value < 0, step.pointee.scale, p)
        case .decimal128:
            let value = storage.assumingMemoryBound(to: Int128.self)[row]
            return writeDecimal(value.magnitude, isNegative: value < 0, step.pointee.scale, p)
        case .date:
            return writeDate(storage.assumingMemoryBound(to: Int32.self)[row], p)
        case .bytes:
            let slice = storage.assumingMemoryBound(to: ByteSlice.self)[row]
            return writeBytes(step.pointee.arenaBase + Int(slice.offset), Int(slice.length), p, buffer)
        case .object, .ignored:
            return p
        }
    }

    @inline(__always)
    private func writeBoolean(_ value: UInt8, _ p: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
        EightBytes.store(value != 0 ? 0x6575_7274 : 0x65_736c_6166, p)
        return p + (value != 0 ? 4 : 5)
    }

    /// The shortest text that reads back as the same double.
    @inline(__always)
    func writeDouble(_ value: Double, _ start: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
        let magnitude = value.magnitude
        // A decimal of at most 15 digits that reads back as the double is the only one of so few digits, but for zeros
        // at its end.
        if magnitude < 1e11 {
            let thousandths = Int64(magnitude * 1000 + 0.5)
            if Double(thousandths) / 1000 == magnitude {
                return writeFixed(value, thousandths, 1000, digits: 3, start)
            }
            if magnitude < 1e9 && magnitude >= 1e-3 {
                let millionths = Int64(magnitude * 1_000_000 + 0.5)
                if Double(millionths) / 1_000_000 == magnitude {
                    return writeFixed(value, millionths, 1_000_000, digits: 6, start)
                }
            }
        }
        return writeOtherDouble(value, start)
    }

    @inline(__always)
    private func writeFixed(
        _ value: Double, _ scaled: Int64, _ unit: Int64, digits count: Int, _ start: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        start[0] = 0x2d
        let whole = scaled / unit
        var p = DigitWriter.write(UInt64(truncatingIfNeeded: whole), value.sign == .minus ? start + 1 : start)
        p[0] = 0x2e
        // A double keeps its point, so 4 is written 4.0.
        p[1] = 0x30
        let fraction = Int(truncatingIfNeeded: scaled &- whole &* unit)
        p += 1
        let end = DigitWriter.writeFraction(fraction, digits: count, p)
        return end == p ? p + 1 : end
    }

    @inline(never)
    private func writeOtherDouble(
        _ value: Double, _ p: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        if value.isFinite {
            var text = value.description
            return text.withUTF8 { bytes in
                for (position, byte) in bytes.enumerated() { p[position] = byte }
                return p + bytes.count
            }
        }
        let name: StaticString = value.isNaN ? "\"NaN\"" : value < 0 ? "\"-Infinity\"" : "\"Infinity\""
        p.update(from: name.utf8Start, count: name.utf8CodeUnitCount)
        return p + name.utf8CodeUnitCount
    }

    /// All digits of the scale; with an exponent where that is allowed and Java's BigDecimal would print one.
    @inline(never)
    private func writeDecimal(
        _ magnitude: UInt128, isNegative: Bool, _ scale: Int, _ start: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        var p = start
        if isNegative {
            p[0] = 0x2d
            p += 1
        }
        let count = DigitWriter.write(wide: magnitude, digits)
        if scale == 0 {
            p.update(from: digits, count: count)
            return p + count
        }
        let exponent = count - 1 - scale
        if exponent < -6 && !writesPlainDecimals {
            p[0] = digits[0]
            p += 1
            if count > 1 {
                p[0] = 0x2e
                (p + 1).update(from: digits + 1, count: count - 1)
                p += count
            }
            p[0] = 0x45
            return DigitWriter.write(signed: Int64(exponent), p + 1)
        }
        if count > scale {
            p.update(from: digits, count: count - scale)
            p += count - scale
            p[0] = 0x2e
            (p + 1).update(from: digits + (count - scale), count: scale)
            return p + 1 + scale
        }
        p[0] = 0x30
        p[1] = 0x2e
        p += 2
        p.update(repeating: 0x30, count: scale - count)
        p += scale - count
        p.update(from: digits, count: count)
        return p + count
    }

    @inline(never)
    private func writeBytes(
        _ source: UnsafePointer<UInt8>, _ count: Int, _ start: UnsafeMutablePointer<UInt8>, _ buffer: MessageBuffer
    ) -> UnsafeMutablePointer<UInt8> {
        let encoded = Base64Text.encodedCount(count)
        let p = buffer.reserve(encoded + plan.fixedByteCount, after: start)
        p[0] = 0x22
        Base64Text.encode(UnsafeRawBufferPointer(start: source, count: count), p + 1, tables: base64)
        p[1 + encoded] = 0x22
        return p + encoded + 2
    }
}
