import Columnar
import StateBackends
import Testing

/// States made from what a manifest says of them.
struct StateFromDescriptorTests {
    private let placement = KeyGroupPlacement(owned: 0..<4, count: 4)
    private let types: [LogicalType] = [
        .boolean, .int, .bigint, .double, .decimal(precision: 38, scale: 3), .string, .bytes, .date,
        .timestamp(precision: 6), .timestampLTZ(precision: 3),
    ]

    private var schema: Schema {
        Schema(
            types.enumerated().map { Field("f\($0)", $1, isNullable: $0 > 0) })
    }

    @Test func everyLayoutAndTypeIsKnown() throws {
        let states: [any CheckpointedState] = [
            KeyedTable(name: "a", schema: schema, keyColumns: [2, 5], placement: placement),
            VersionedTable(name: "b", schema: schema, keyColumns: [5], timeColumn: 9, placement: placement),
            RowBuffer(
                name: "c", RowBuffer.Shape(schema: schema, keyColumns: [2], timeColumn: 8), placement: placement),
            RowBuffer(
                name: "d", RowBuffer.Shape(schema: schema, keyColumns: [2], timeColumn: 8, places: .kept),
                placement: placement),
        ]
        for state in states {
            let made = try #require(state.descriptor.makeState(keyGroupCount: 4))
            #expect(made.descriptor == state.descriptor)
        }
    }

    @Test func whatIsNotKnownIsNotGuessed() {
        var descriptor = KeyedTable(name: "a", schema: schema, keyColumns: [2], placement: placement).descriptor
        descriptor.layout = "keyed-table/9"
        #expect(descriptor.makeState(keyGroupCount: 4) == nil)
        descriptor.layout = "keyed-table/1"
        for text in ["DECIMAL(39, 3)", "DECIMAL(3, 4)", "TIMESTAMP(4)", "BIGINT(3)", "MAP", ""] {
            descriptor.valueFields[0].type = text
            #expect(descriptor.makeState(keyGroupCount: 4) == nil, "\(text)")
        }
    }

    @Test func aSnapshotIsReadWithoutTheJob() throws {
        let schema = Schema([Field("k", .bigint, isNullable: false), Field("v", .bigint)])
        let table = KeyedTable(name: "a", schema: schema, keyColumns: [0], placement: placement)
        let columns = schema.fields.map { Column(type: $0.type, capacity: 3) }
        for row in 0..<3 {
            for column in columns {
                column.int64s[row] = Int64(row)
                column.setValid(row)
            }
        }
        try table.put(RecordBatch(schema: schema, columns: columns, rowCount: 3))
        let buffer = try #require(table.takeChanges())
        let made = try #require(table.descriptor.makeState(keyGroupCount: 4))
        try made.restore(buffer.bytes, keyGroups: KeyGroupSet(count: 4, 0..<4))
        #expect(made.entryCount == 3)
        let cut = UnsafeRawBufferPointer(rebasing: buffer.bytes[..<(buffer.count - 1)])
        let other = try #require(table.descriptor.makeState(keyGroupCount: 4))
        #expect(throws: StateError.self) { try other.restore(cut, keyGroups: KeyGroupSet(count: 4, 0..<4)) }
    }
}
