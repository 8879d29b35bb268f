internal import Columnar

/// Writes the fields of one column, each with its length, where the rows' cursors stand, and moves those on.
struct FieldWriter {
    let cursors: UnsafeMutablePointer<UnsafeMutableRawPointer>
    let rows: UnsafeBufferPointer<Int32>
    let column: Column
    /// Whether no row of the batch is null.
    let isAllValid: Bool

    func write(_ encoding: ColumnEncoding) {
        let column = self.column
        switch encoding {
        case .boolean: fixed { column.bools[$0] }
        case .int32ToInt16: fixed { Int16(truncatingIfNeeded: column.int32s[$0]) }
        case .int32: fixed { column.int32s[$0] }
        case .int32ToInt64: fixed { Int64(column.int32s[$0]) }
        case .int64ToInt16: fixed { Int16(truncatingIfNeeded: column.int64s[$0]) }
        case .int64ToInt32: fixed { Int32(truncatingIfNeeded: column.int64s[$0]) }
        case .int64: fixed { column.int64s[$0] }
        case .double: fixed { Self.canonical(column.doubles[$0]) }
        case .doubleToFloat4: fixed { Float(column.doubles[$0]).bitPattern }
        case .int32ToDouble: fixed { Double(column.int32s[$0]).bitPattern }
        case .date: fixed { column.int32s[$0] &- ValueChecker.daysTo2000 }
        case .timestamp: fixed { column.int64s[$0] &- ValueChecker.microsecondsTo2000 }
        case .uuid: fixed { uuidBytes(column.bytes($0)) ?? 0 }
        case .numeric(let layout): numeric(layout)
        case .text, .bytes: variable { $0.count }
        case .paddedText: variable { trimmedByteCount($0) }
        case .jsonb: jsonb()
        }
    }

    /// Equal doubles get equal bits: -0 becomes 0 and every NaN the same one.
    @inline(__always)
    private static func canonical(_ value: Double) -> UInt64 {
        value.isNaN ? Double.nan.bitPattern : (value + 0.0).bitPattern
    }

    @inline(__always)
    private func fixed<T: FixedWidthInteger>(_ value: (Int) -> T) {
        let width = MemoryLayout<T>.size
        if isAllValid {
            for row in rows {
                let row = Int(row)
                let target = cursors[row]
                storeBigEndian(Int32(truncatingIfNeeded: width), target)
                storeBigEndian(value(row), target + 4)
                cursors[row] = target + (4 &+ width)
            }
            return
        }
        for row in rows {
            let row = Int(row)
            let target = cursors[row]
            if column.isValid(row) {
                storeBigEndian(Int32(truncatingIfNeeded: width), target)
                storeBigEndian(value(row), target + 4)
                cursors[row] = target + (4 &+ width)
            } else {
                storeBigEndian(Int32(-1), target)
                cursors[row] = target + 4
            }
        }
    }

    private func numeric(_ layout: NumericLayout) {
        let column = self.column
        switch column.type.physical {
        case .int32: numeric(layout) { Int128(column.int32s[$0]) }
        case .int64: numeric(layout) { Int128(column.int64s[$0]) }
        default: numeric(layout) { column.int128s[$0] }
        }
    }

    @inline(__always)
    private func numeric(_ layout: NumericLayout, _ value: (Int) -> Int128) {
        let width = layout.byteCount
        for row in rows {
            let row = Int(row)
            let target = cursors[row]
            if column.isValid(row) {
                storeBigEndian(Int32(truncatingIfNeeded: width), target)
                layout.write(value(row), to: target + 4)
                cursors[row] = target + (4 &+ width)
            } else {
                storeBigEndian(Int32(-1), target)
                cursors[row] = target + 4
            }
        }
    }

    @inline(__always)
    private func variable(_ byteCount: (UnsafeRawBufferPointer) -> Int) {
        guard let arena = column.arena else { preconditionFailure("\(column.type) column has no bytes") }
        let base = UnsafeRawPointer(arena.base)
        for row in rows {
            let row = Int(row)
            let target = cursors[row]
            if column.isValid(row) {
                let slice = column.slices[row]
                let start = base + Int(slice.offset)
                let count = byteCount(UnsafeRawBufferPointer(start: start, count: Int(slice.length)))
                storeBigEndian(Int32(truncatingIfNeeded: count), target)
                (target + 4).copyMemory(from: start, byteCount: count)
                cursors[row] = target + (4 &+ count)
            } else {
                storeBigEndian(Int32(-1), target)
                cursors[row] = target + 4
            }
        }
    }

    private func jsonb() {
        for row in rows {
            let row = Int(row)
            let target = cursors[row]
            if column.isValid(row) {
                let bytes = column.bytes(row)
                storeBigEndian(Int32(truncatingIfNeeded: bytes.count + 1), target)
                // The version of the binary form.
                (target + 4).storeBytes(of: 1, as: UInt8.self)
                if let start = bytes.baseAddress { (target + 5).copyMemory(from: start, byteCount: bytes.count) }
                cursors[row] = target + (5 &+ bytes.count)
            } else {
                storeBigEndian(Int32(-1), target)
                cursors[row] = target + 4
            }
        }
    }
}
