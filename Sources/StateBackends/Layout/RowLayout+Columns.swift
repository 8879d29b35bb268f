internal import Columnar

extension RowLayout {
    /// Packs the values of a column at `rows` into `count` rows that lie one after the other, zeroed before.
    func pack(
        _ column: Column, slot: Int, rows: UnsafePointer<Int32>, count: Int, into base: UnsafeMutableRawPointer
    ) {
        let slot = slots[slot]
        let target = base + slot.offset
        switch slot.physical {
        case .bool: store(column.bools, rows, count, target)
        case .int32: store(column.int32s, rows, count, target)
        case .int64: store(column.int64s, rows, count, target)
        case .int128: store(column.int128s, rows, count, target)
        case .double where use == .key:
            for position in 0..<count {
                // -0.0 and 0.0 are equal keys, so they must have equal bits.
                let value = column.doubles[Int(rows[position])] + 0.0
                target.storeBytes(of: value, toByteOffset: position &* byteCount, as: Double.self)
            }
        case .double: store(column.doubles, rows, count, target)
        case .bytes:
            for position in 0..<count where column.isValid(Int(rows[position])) {
                PackedBytes.write(column.bytes(Int(rows[position])), at: target + position &* byteCount)
            }
        }
        if use == .values { packNulls(column, slot, rows, count, base) }
    }

    @inline(__always)
    private func store<Value: BitwiseCopyable>(
        _ source: UnsafeMutablePointer<Value>, _ rows: UnsafePointer<Int32>, _ count: Int,
        _ target: UnsafeMutableRawPointer
    ) {
        let stride = byteCount
        for position in 0..<count {
            // Not assigned through a typed pointer: rows are 8-byte aligned, 128-bit values may not be.
            target.storeBytes(of: source[Int(rows[position])], toByteOffset: position &* stride, as: Value.self)
        }
    }

    private func packNulls(
        _ column: Column, _ slot: Slot, _ rows: UnsafePointer<Int32>, _ count: Int, _ base: UnsafeMutableRawPointer
    ) {
        for position in 0..<count where !column.isValid(Int(rows[position])) {
            setNull(base + position &* byteCount, slot)
        }
    }

    /// Writes the value of `slot` of every packed row to a column: row `i` of `batch` comes from `sources[i]`, and is
    /// null where that is nil.
    func unpack(
        slot: Int, from sources: UnsafePointer<UnsafeRawPointer?>, rowsOf batch: RecordBatch, into column: Column
    ) {
        let slot = slots[slot]
        switch slot.physical {
        case .bool: load(slot, sources, batch, column, column.bools)
        case .int32: load(slot, sources, batch, column, column.int32s)
        case .int64: load(slot, sources, batch, column, column.int64s)
        case .int128: load(slot, sources, batch, column, column.int128s)
        case .double: load(slot, sources, batch, column, column.doubles)
        case .bytes:
            guard let arena = column.arena else { preconditionFailure("\(column.type) column has no bytes") }
            batch.forEachRow { row in
                guard let source = sources[row], use == .key || !isNull(source, slot) else { return }
                column.slices[row] = arena.append(PackedBytes.bytes(at: source + slot.offset))
                column.setValid(row)
            }
        }
    }

    @inline(__always)
    private func load<Value: BitwiseCopyable>(
        _ slot: Slot, _ sources: UnsafePointer<UnsafeRawPointer?>, _ batch: RecordBatch, _ column: Column,
        _ target: UnsafeMutablePointer<Value>
    ) {
        let offset = slot.offset
        let flag = flagOffset + slot.nullFlag >> 3
        let mask: UInt8 = use == .key ? 0 : 1 << UInt8(slot.nullFlag & 7)
        // A key has no flags: its own first byte is read and masked out.
        let flagByte = use == .key ? 0 : flag
        batch.forEachRow { row in
            guard let source = sources[row] else { return }
            target[row] = source.loadUnaligned(fromByteOffset: offset, as: Value.self)
            if source.load(fromByteOffset: flagByte, as: UInt8.self) & mask == 0 { column.setValid(row) }
        }
    }
}
