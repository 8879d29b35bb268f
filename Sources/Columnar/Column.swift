/// A vector of `capacity` values of one type with a validity bitmap.
///
/// Holds `let` pointers only, so that kernels pay no exclusivity checks. Written by one thread while its batch is
/// built; read-only, and then readable by several threads, once the batch has been emitted.
@usableFromInline
package final class Column {
    @usableFromInline
    package let type: LogicalType
    @usableFromInline
    package let capacity: Int
    /// `capacity` values of `type.physical`, 64-byte aligned. The value of a null row is defined memory without
    /// meaning.
    @usableFromInline
    package let storage: UnsafeMutableRawPointer
    /// One bit a row, bit `row % 64` of word `row / 64`: 1 means not null. All null at first.
    @usableFromInline
    package let validity: UnsafeMutablePointer<UInt64>
    /// Where the slices of a STRING or BYTES column point; several columns may share one.
    @usableFromInline
    package let arena: Arena?

    /// - Parameter arena: for STRING and BYTES; a new one is made where none is given.
    @usableFromInline
    package init(type: LogicalType, capacity: Int, arena: Arena? = nil) {
        self.type = type
        self.capacity = capacity
        let physical = type.physical
        let words = Column.wordCount(capacity)
        let valueBytes = (Swift.max(capacity, 1) * physical.stride + 63) & ~63
        let memory = UnsafeMutableRawPointer.allocate(byteCount: valueBytes + words * 8, alignment: 64)
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: valueBytes + words * 8)
        storage = memory
        validity = (memory + valueBytes).bindMemory(to: UInt64.self, capacity: words)
        switch physical {
        case .bool: memory.bindMemory(to: UInt8.self, capacity: capacity)
        case .int32: memory.bindMemory(to: Int32.self, capacity: capacity)
        case .int64: memory.bindMemory(to: Int64.self, capacity: capacity)
        case .int128: memory.bindMemory(to: Int128.self, capacity: capacity)
        case .double: memory.bindMemory(to: Double.self, capacity: capacity)
        case .bytes: memory.bindMemory(to: ByteSlice.self, capacity: capacity)
        }
        self.arena = physical == .bytes ? (arena ?? Arena()) : nil
    }

    deinit {
        storage.deallocate()
    }

    /// Words of a validity bitmap of `rows` rows.
    @inlinable
    package static func wordCount(_ rows: Int) -> Int { Swift.max(1, (rows + 63) >> 6) }

    /// BOOLEAN: one byte a row, 0 or 1.
    @inlinable
    package var bools: UnsafeMutablePointer<UInt8> { storage.assumingMemoryBound(to: UInt8.self) }
    /// INT and DATE.
    @inlinable
    package var int32s: UnsafeMutablePointer<Int32> { storage.assumingMemoryBound(to: Int32.self) }
    /// BIGINT, timestamps, DECIMAL of up to 18 digits.
    @inlinable
    package var int64s: UnsafeMutablePointer<Int64> { storage.assumingMemoryBound(to: Int64.self) }
    /// DECIMAL of more than 18 digits.
    @inlinable
    package var int128s: UnsafeMutablePointer<Int128> { storage.assumingMemoryBound(to: Int128.self) }
    @inlinable
    package var doubles: UnsafeMutablePointer<Double> { storage.assumingMemoryBound(to: Double.self) }
    /// STRING and BYTES.
    @inlinable
    package var slices: UnsafeMutablePointer<ByteSlice> { storage.assumingMemoryBound(to: ByteSlice.self) }

    /// Whether the row's value is not null.
    @inlinable
    package func isValid(_ row: Int) -> Bool {
        validity[row >> 6] & (1 << UInt64(row & 63)) != 0
    }

    /// Marks the row's value as not null.
    @inlinable
    package func setValid(_ row: Int) {
        validity[row >> 6] |= 1 << UInt64(row & 63)
    }

    /// Marks the row's value as null.
    @inlinable
    package func setNull(_ row: Int) {
        validity[row >> 6] &= ~(1 << UInt64(row & 63))
    }

    /// Marks rows 0..<count as not null.
    @inlinable
    package func setAllValid(_ count: Int) {
        var word = 0
        while word < count >> 6 {
            validity[word] = .max
            word += 1
        }
        if count & 63 != 0 { validity[word] |= (1 << UInt64(count & 63)) - 1 }
    }

    /// Whether rows 0..<count are all not null.
    @inlinable
    package func isAllValid(_ count: Int) -> Bool {
        var word = 0
        while word < count >> 6 {
            if validity[word] != .max { return false }
            word += 1
        }
        let rest: UInt64 = (1 << UInt64(count & 63)) - 1
        return validity[word < Column.wordCount(capacity) ? word : 0] & rest == rest
    }

    /// The bytes of a STRING or BYTES value; without meaning for a null row.
    @inlinable
    package func bytes(_ row: Int) -> UnsafeRawBufferPointer {
        guard let arena else { preconditionFailure("\(type) column has no bytes") }
        return arena.bytes(slices[row])
    }
}
