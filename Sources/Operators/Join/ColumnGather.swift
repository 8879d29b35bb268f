internal import Columnar

/// Copies values of a column into a new one.
enum ColumnGather {
    /// - Parameter rows: the row that each row of the result comes from; negative for null.
    static func gather(_ column: Column, _ rows: [Int32]) -> Column {
        let result = Column(type: column.type, capacity: rows.count)
        switch column.type.physical {
        case .bool: copy(column, rows, result, column.bools, result.bools)
        case .int32: copy(column, rows, result, column.int32s, result.int32s)
        case .int64: copy(column, rows, result, column.int64s, result.int64s)
        case .int128: copy(column, rows, result, column.int128s, result.int128s)
        case .double: copy(column, rows, result, column.doubles, result.doubles)
        case .bytes:
            guard let arena = result.arena else { preconditionFailure("\(column.type) column has no bytes") }
            for (position, row) in rows.enumerated() where row >= 0 && column.isValid(Int(row)) {
                result.slices[position] = arena.append(column.bytes(Int(row)))
                result.setValid(position)
            }
        }
        return result
    }

    @inline(__always)
    private static func copy<Value>(
        _ column: Column, _ rows: [Int32], _ result: Column, _ source: UnsafeMutablePointer<Value>,
        _ target: UnsafeMutablePointer<Value>
    ) {
        for (position, row) in rows.enumerated() where row >= 0 && column.isValid(Int(row)) {
            target[position] = source[Int(row)]
            result.setValid(position)
        }
    }
}
