internal import Columnar

/// Where the values of a row lie when the row is packed into one piece of memory of `byteCount` bytes.
///
/// Wide values come first, so that each is aligned; null flags come last, one bit a column. A long STRING or BYTES
/// value is a pointer to bytes that somebody else owns (see `PackedBytes`).
struct RowLayout {
    struct Slot {
        var physical: PhysicalType
        /// A STRING, whose bytes are UTF-8.
        var isText: Bool
        var offset: Int
        /// Bit number from `flagOffset`; set when the value is null.
        var nullFlag: Int
    }

    enum Use {
        /// No value is null, and equal values have equal bits.
        case key
        case values
    }

    let use: Use
    /// One a column, in the order of the columns.
    let slots: [Slot]
    /// Offsets of the `PackedBytes` slots.
    let variableOffsets: [Int]
    let flagOffset: Int
    /// A multiple of 8.
    let byteCount: Int

    /// - Parameters:
    ///   - prefixByteCount: bytes left free at the start, a multiple of 8.
    ///   - reservedFlagCount: flags before those of the columns, for the owner of the row.
    init(_ types: [LogicalType], use: Use, prefixByteCount: Int = 0, reservedFlagCount: Int = 0) {
        self.use = use
        var slots = types.map { Slot(physical: $0.physical, isText: $0 == .string, offset: 0, nullFlag: 0) }
        var offset = prefixByteCount
        for width in [16, 8, 4, 1] {
            for index in slots.indices where Self.width(slots[index].physical) == width {
                slots[index].offset = offset
                offset += width
            }
        }
        for index in slots.indices { slots[index].nullFlag = reservedFlagCount + index }
        flagOffset = offset
        let flagCount = use == .key ? reservedFlagCount : reservedFlagCount + slots.count
        byteCount = Swift.max(8, (offset + (flagCount + 7) / 8 + 7) & ~7)
        variableOffsets = slots.filter { $0.physical == .bytes }.map(\.offset)
        self.slots = slots
    }

    /// Whether a row is nothing but its `byteCount` bytes.
    var isFixed: Bool { variableOffsets.isEmpty }

    private static func width(_ physical: PhysicalType) -> Int {
        switch physical {
        case .bool: 1
        case .int32: 4
        case .int64, .double: 8
        case .int128, .bytes: 16
        }
    }

    @inline(__always)
    func isNull(_ row: UnsafeRawPointer, _ slot: Slot) -> Bool {
        row.load(fromByteOffset: flagOffset + slot.nullFlag >> 3, as: UInt8.self) & (1 << UInt8(slot.nullFlag & 7)) != 0
    }

    @inline(__always)
    func setNull(_ row: UnsafeMutableRawPointer, _ slot: Slot) {
        let place = (row + flagOffset + slot.nullFlag >> 3).assumingMemoryBound(to: UInt8.self)
        place.pointee |= 1 << UInt8(slot.nullFlag & 7)
    }
}
