package import Columnar

/// A row with its kind.
package struct TestRow: Hashable, Sendable, CustomStringConvertible {
    package var kind: RowKind
    package var values: [TestValue]

    package init(_ values: [TestValue], kind: RowKind = .insert) {
        self.kind = kind
        self.values = values
    }

    package var description: String {
        let mark =
            switch kind {
            case .insert: "+I"
            case .updateBefore: "-U"
            case .updateAfter: "+U"
            case .delete: "-D"
            }
        return "\(mark)(\(values.map(\.description).joined(separator: ", ")))"
    }
}

extension TestRow: ExpressibleByArrayLiteral {
    package init(arrayLiteral elements: TestValue...) {
        self.init(elements)
    }
}

/// How the rows of a test batch lie in memory.
package enum TestBatchShape: Hashable, Sendable, CaseIterable {
    /// As they are.
    case dense
    /// Between rows of rubbish that a selection leaves out.
    case selected
}

extension RecordBatch {
    /// A batch of written-down rows; it has row kinds if some row is not an insert.
    package static func of(_ schema: Schema, _ rows: [TestRow], _ shape: TestBatchShape = .dense) -> RecordBatch {
        let step = shape == .dense ? 1 : 3
        let rowCount = rows.count * step
        let columns = schema.fields.map { Column(type: $0.type, capacity: rowCount) }
        let kinds = rows.contains { $0.kind != .insert } ? RowKindColumn(capacity: rowCount) : nil
        for (position, row) in rows.enumerated() {
            precondition(row.values.count == columns.count, "\(row) is not of \(schema)")
            kinds?.values[position * step + step / 2] = row.kind.rawValue
            for (column, value) in zip(columns, row.values) { column.set(position * step + step / 2, value) }
        }
        var selection: SelectionVector?
        if shape == .selected {
            selection = SelectionVector(rows.indices.map { Int32($0 * step + step / 2) })
            for row in 0..<rowCount where row % step != step / 2 {
                for column in columns { column.setRubbish(row) }
            }
        }
        return RecordBatch(schema: schema, columns: columns, rowCount: rowCount, selection: selection, rowKinds: kinds)
    }

    /// The selected rows.
    package var testRows: [TestRow] {
        var rows: [TestRow] = []
        forEachRow { row in rows.append(TestRow(columns.map { $0.testValue(row) }, kind: rowKind(row))) }
        return rows
    }
}

extension Column {
    fileprivate func set(_ row: Int, _ value: TestValue) {
        switch (value, type.physical) {
        case (.null, _): return
        case (.integer(let value), .bool): bools[row] = UInt8(value)
        case (.integer(let value), .int32): int32s[row] = Int32(value)
        case (.integer(let value), .int64): int64s[row] = value
        case (.integer(let value), .int128): int128s[row] = Int128(value)
        case (.double(let value), .double): doubles[row] = value
        case (.text(let value), .bytes):
            var value = value
            value.withUTF8 { bytes in
                if let arena { slices[row] = arena.append(UnsafeRawBufferPointer(bytes)) }
            }
        default: preconditionFailure("\(value) in a column of \(type)")
        }
        setValid(row)
    }

    /// What nobody may read: a valid-looking value that would crash or be seen.
    fileprivate func setRubbish(_ row: Int) {
        switch type.physical {
        case .bool: bools[row] = 1
        case .int32: int32s[row] = -77_777
        case .int64: int64s[row] = -777_777_777
        case .int128: int128s[row] = -777_777_777
        case .double: doubles[row] = -777.5
        case .bytes: slices[row] = ByteSlice(offset: .max, length: 77)
        }
        setValid(row)
    }

    package func testValue(_ row: Int) -> TestValue {
        if !isValid(row) { return .null }
        return switch type.physical {
        case .bool: .integer(Int64(bools[row]))
        case .int32: .integer(Int64(int32s[row]))
        case .int64: .integer(int64s[row])
        case .int128: .integer(Int64(int128s[row]))
        case .double: .double(doubles[row])
        case .bytes: .text(String(decoding: bytes(row), as: UTF8.self))
        }
    }
}
