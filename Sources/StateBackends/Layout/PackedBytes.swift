/// How a STRING or BYTES value lies in a packed row: 16 bytes, of which the first 4 are its length.
///
/// Up to 12 bytes follow inline, padded with zeros; a longer value has its first 4 bytes there and then a pointer to
/// all of them. Two values whose first words differ are different.
enum PackedBytes {
    static let byteCount = 16
    static let inlineLimit = 12

    /// Writes a value; a long one is borrowed: the slot points at `bytes` until `setPointer` replaces that.
    @inline(__always)
    static func write(_ bytes: UnsafeRawBufferPointer, at slot: UnsafeMutableRawPointer) {
        slot.storeBytes(of: 0, as: UInt64.self)
        slot.storeBytes(of: 0, toByteOffset: 8, as: UInt64.self)
        slot.storeBytes(of: UInt32(truncatingIfNeeded: bytes.count), as: UInt32.self)
        guard bytes.count > 0, let start = bytes.baseAddress else { return }
        if bytes.count <= inlineLimit {
            (slot + 4).copyMemory(from: start, byteCount: bytes.count)
        } else {
            (slot + 4).copyMemory(from: start, byteCount: 4)
            setPointer(start, at: slot)
        }
    }

    @inline(__always)
    static func length(at slot: UnsafeRawPointer) -> Int {
        Int(slot.load(as: UInt32.self))
    }

    @inline(__always)
    static func isLong(_ slot: UnsafeRawPointer) -> Bool { length(at: slot) > inlineLimit }

    /// Where the bytes of a long value are.
    @inline(__always)
    static func pointer(at slot: UnsafeRawPointer) -> UnsafeRawPointer {
        guard let pointer = UnsafeRawPointer(bitPattern: slot.load(fromByteOffset: 8, as: UInt.self)) else {
            preconditionFailure("a packed value of \(length(at: slot)) bytes has no address")
        }
        return pointer
    }

    @inline(__always)
    static func setPointer(_ pointer: UnsafeRawPointer, at slot: UnsafeMutableRawPointer) {
        slot.storeBytes(of: UInt(bitPattern: pointer), toByteOffset: 8, as: UInt.self)
    }

    @inline(__always)
    static func bytes(at slot: UnsafeRawPointer) -> UnsafeRawBufferPointer {
        let count = length(at: slot)
        return UnsafeRawBufferPointer(start: count <= inlineLimit ? slot + 4 : pointer(at: slot), count: count)
    }

    /// Whether equal values could not lie otherwise: zeros follow a short one, and the beginning of a long one is its own.
    static func isCanonical(_ slot: UnsafeRawPointer) -> Bool {
        let count = length(at: slot)
        if count > inlineLimit {
            return (slot + 4).load(as: UInt32.self) == pointer(at: slot).loadUnaligned(as: UInt32.self)
        }
        for offset in 4 + count..<byteCount where slot.load(fromByteOffset: offset, as: UInt8.self) != 0 {
            return false
        }
        return true
    }

    @inline(__always)
    static func areEqual(_ left: UnsafeRawPointer, _ right: UnsafeRawPointer) -> Bool {
        if left.load(as: UInt64.self) != right.load(as: UInt64.self) { return false }
        if !isLong(left) {
            return left.load(fromByteOffset: 8, as: UInt64.self) == right.load(fromByteOffset: 8, as: UInt64.self)
        }
        return bytes(at: left).elementsEqual(bytes(at: right))
    }
}
