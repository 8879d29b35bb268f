import Columnar
import Testing

struct ColumnTests {
    static let types: [LogicalType] = [
        .boolean, .int, .bigint, .double, .decimal(precision: 18, scale: 2), .decimal(precision: 19, scale: 2), .string,
        .bytes, .date, .timestamp(precision: 3), .timestampLTZ(precision: 6),
    ]

    @Test(arguments: types, [1, 64, 65, 2048])
    func columnsStartNullAndZero(type: LogicalType, capacity: Int) {
        let column = Column(type: type, capacity: capacity)
        #expect(Int(bitPattern: column.storage) % 64 == 0)
        for row in 0..<capacity { #expect(!column.isValid(row)) }
        let bytes = UnsafeRawBufferPointer(start: column.storage, count: capacity * type.physical.stride)
        #expect(bytes.allSatisfy { $0 == 0 })
        #expect((column.arena != nil) == type.isVariableLength)
    }

    @Test func physicalTypesFollowTheLogicalOnes() {
        #expect(LogicalType.decimal(precision: 18, scale: 0).physical == .int64)
        #expect(LogicalType.decimal(precision: 19, scale: 0).physical == .int128)
        #expect(LogicalType.date.physical == .int32)
        #expect(LogicalType.timestampLTZ(precision: 3).physical == .int64)
        #expect(PhysicalType.int128.stride == MemoryLayout<Int128>.stride)
        #expect(PhysicalType.bytes.stride == MemoryLayout<ByteSlice>.stride)
    }

    @Test(arguments: [0, 1, 63, 64, 65, 127, 128, 200])
    func validityCountsRowsExactly(count: Int) {
        let column = Column(type: .int, capacity: 200)
        column.setAllValid(count)
        for row in 0..<200 { #expect(column.isValid(row) == (row < count)) }
        #expect(column.isAllValid(count))
        if count < 200 { #expect(!column.isAllValid(count + 1)) }
        guard count > 0 else { return }
        column.setNull(count - 1)
        #expect(!column.isAllValid(count))
        column.setValid(count - 1)
        #expect(column.isAllValid(count))
    }

    @Test func fullColumnsAreAllValid() {
        let column = Column(type: .bigint, capacity: 128)
        column.setAllValid(128)
        #expect(column.isAllValid(128))
        column.setNull(0)
        #expect(!column.isAllValid(128))
        #expect(column.isAllValid(0))
    }
}
