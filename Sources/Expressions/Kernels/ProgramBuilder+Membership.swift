internal import Columnar

/// IN a list of constants.
extension ProgramBuilder {
    func compileMembership(_ operand: ScalarExpression, _ values: [ScalarValue]) throws(ExpressionError) -> Operand {
        let argument = try compile(operand)
        let hasNull = values.contains(.null)
        switch operand.type.storage.physical {
        case .bool:
            return emitMembership(argument, hasNull, FixedSet<UInt8>(values) { $0.exactInteger.map { UInt8($0) } })
        case .int32:
            return emitMembership(
                argument, hasNull, FixedSet<Int32>(values) { $0.exactInteger.map { Int32(truncatingIfNeeded: $0) } })
        case .int64:
            return emitMembership(
                argument, hasNull, FixedSet<Int64>(values) { $0.exactInteger.map { Int64(truncatingIfNeeded: $0) } })
        case .int128: return emitMembership(argument, hasNull, FixedSet<Int128>(values) { $0.exactInteger })
        case .double:
            return emitMembership(
                argument, hasNull,
                FixedSet<Double>(values) { if case .double(let value) = $0, !value.isNaN { value } else { nil } })
        case .bytes: return emitByteMembership(argument, hasNull, ByteSet(values))
        }
    }

    /// True where the value is in the set; else null where the list has a null, else false.
    @inline(__always)
    private func emitMembership<Value: FixedValue & Comparable>(
        _ argument: Operand, _ hasNull: Bool, _ set: FixedSet<Value>
    ) -> Operand {
        let output = temporary(.boolean)
        return emit(output, reading: [argument]) { frame, rows in
            let (source, target) = (frame[argument], frame[output])
            Validity.copy(source, rows, into: target)
            let values = Value.values(source)
            rows.forEachValid(source) { row in
                let isMember = set.contains(values[row])
                target.bools[row] = isMember ? 1 : 0
                if hasNull && !isMember { target.setNull(row) }
            }
        }
    }

    private func emitByteMembership(_ argument: Operand, _ hasNull: Bool, _ set: ByteSet) -> Operand {
        let output = temporary(.boolean)
        return emit(output, reading: [argument]) { frame, rows in
            let (source, target) = (frame[argument], frame[output])
            Validity.copy(source, rows, into: target)
            rows.forEachValid(source) { row in
                let isMember = set.contains(source.bytes(row))
                target.bools[row] = isMember ? 1 : 0
                if hasNull && !isMember { target.setNull(row) }
            }
        }
    }
}

extension ScalarValue {
    /// The number in memory of any constant that is kept as an integer.
    var exactInteger: Int128? {
        switch self {
        case .boolean(let value): value ? 1 : 0
        case .int(let value), .date(let value): Int128(value)
        case .bigint(let value), .timestamp(let value), .intervalMonths(let value), .intervalMicroseconds(let value):
            Int128(value)
        case .decimal(let value): value
        case .null, .double, .string, .bytes: nil
        }
    }
}

/// Distinct values: short lists are compared one after the other, long ones are an open-addressing table.
final class FixedSet<Value: FixedValue & Comparable> {
    private static var shortCount: Int { 8 }

    private let values: UnsafeMutablePointer<Value>
    private let isUsed: UnsafeMutablePointer<Bool>
    private let count: Int
    private let mask: Int

    init(_ constants: [ScalarValue], _ value: (ScalarValue) -> Value?) {
        var distinct: [Value] = []
        for next in constants.compactMap(value).sorted() where distinct.last != next { distinct.append(next) }
        count = distinct.count
        var capacity = 8
        while capacity < count * 2 { capacity *= 2 }
        mask = capacity - 1
        values = .allocate(capacity: capacity)
        isUsed = .allocate(capacity: capacity)
        isUsed.initialize(repeating: false, count: capacity)
        for (position, value) in distinct.enumerated() {
            var slot = position
            if count > Self.shortCount {
                slot = home(value)
                while isUsed[slot] { slot = (slot + 1) & mask }
            }
            values[slot] = value
            isUsed[slot] = true
        }
    }

    deinit {
        values.deallocate()
        isUsed.deallocate()
    }

    @inline(__always)
    private func home(_ value: Value) -> Int {
        Int(truncatingIfNeeded: (value.hashBits &* 0x9e37_79b9_7f4a_7c15) >> 40) & mask
    }

    @inline(__always)
    func contains(_ value: Value) -> Bool {
        if count <= Self.shortCount {
            for position in 0..<count where values[position] == value { return true }
            return false
        }
        var slot = home(value)
        while isUsed[slot] {
            if values[slot] == value { return true }
            slot = (slot &+ 1) & mask
        }
        return false
    }
}

/// Distinct texts in an open-addressing table.
final class ByteSet {
    private let arena = Arena(capacity: 256)
    /// Slices with their hashes; length `.max` marks a free slot.
    private let slots: UnsafeMutablePointer<ByteSlice>
    private let mask: Int

    init(_ constants: [ScalarValue]) {
        var capacity = 4
        while capacity < constants.count * 2 { capacity *= 2 }
        mask = capacity - 1
        slots = .allocate(capacity: capacity)
        slots.initialize(repeating: ByteSlice(offset: 0, length: .max), count: capacity)
        for constant in constants {
            switch constant {
            case .string(let text): Array(text.utf8).withUnsafeBytes(insert)
            case .bytes(let bytes): bytes.withUnsafeBytes(insert)
            default: break
            }
        }
    }

    deinit {
        slots.deallocate()
    }

    private func insert(_ text: UnsafeRawBufferPointer) {
        var slot = Int(truncatingIfNeeded: KeyHash.combine(0, text)) & mask
        while slots[slot].length != .max {
            if ByteOrder.isEqual(arena.bytes(slots[slot]), text) { return }
            slot = (slot + 1) & mask
        }
        slots[slot] = arena.append(text)
    }

    @inline(__always)
    func contains(_ text: UnsafeRawBufferPointer) -> Bool {
        var slot = Int(truncatingIfNeeded: KeyHash.combine(0, text)) & mask
        while slots[slot].length != .max {
            if ByteOrder.isEqual(arena.bytes(slots[slot]), text) { return true }
            slot = (slot &+ 1) & mask
        }
        return false
    }
}
