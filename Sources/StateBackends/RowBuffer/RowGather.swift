internal import Columnar

/// Copies rows out of several blocks into new columns.
struct RowGather {
    /// By block number: storage, validity and arena of the column at hand.
    private let storages: UnsafeMutablePointer<UnsafeMutableRawPointer?>
    private let validities: UnsafeMutablePointer<UnsafeMutablePointer<UInt64>?>
    private let arenas: UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>
    private let blocks: [WaitingBlock]
    private let used: [Int]

    /// - Parameter used: the block numbers that rows will name.
    init(_ blocks: [WaitingBlock], used: [Int]) {
        self.blocks = blocks
        self.used = used
        let capacity = Swift.max(1, blocks.count)
        storages = .allocate(capacity: capacity)
        validities = .allocate(capacity: capacity)
        arenas = .allocate(capacity: capacity)
        storages.initialize(repeating: nil, count: capacity)
        validities.initialize(repeating: nil, count: capacity)
        arenas.initialize(repeating: nil, count: capacity)
    }

    func deallocate() {
        storages.deallocate()
        validities.deallocate()
        arenas.deallocate()
    }

    /// The rows as a batch of their own.
    func batch(_ schema: Schema, _ rows: UnsafePointer<WaitingRow>, _ count: Int) -> RecordBatch {
        let columns = schema.fields.indices.map { index in
            let column = Column(type: schema[index].type, capacity: count)
            copy(column: index, rows, count, into: column, at: 0)
            return column
        }
        return RecordBatch(schema: schema, columns: columns, rowCount: count)
    }

    /// Copies one column of the rows to `target` from row `start` on, whose validity there is all null before.
    func copy(
        column index: Int, _ rows: UnsafePointer<WaitingRow>, _ count: Int, into target: Column, at start: Int
    ) {
        for block in used {
            let column = blocks[block].columns[index]
            storages[block] = column.storage
            validities[block] = column.validity
            arenas[block] = column.arena?.base
        }
        switch target.type.physical {
        case .bool: copy(rows, count, target.bools + start)
        case .int32: copy(rows, count, target.int32s + start)
        case .int64: copy(rows, count, target.int64s + start)
        case .int128: copy(rows, count, target.int128s + start)
        case .double: copy(rows, count, target.doubles + start)
        case .bytes: copyBytes(rows, count, target, start)
        }
        copyValidity(column: index, rows, count, target, start)
    }

    @inline(__always)
    private func copy<Value: BitwiseCopyable>(
        _ rows: UnsafePointer<WaitingRow>, _ count: Int, _ target: UnsafeMutablePointer<Value>
    ) {
        for index in 0..<count {
            guard let storage = storages[Int(rows[index].block)] else { continue }
            target[index] = storage.assumingMemoryBound(to: Value.self)[Int(rows[index].row)]
        }
    }

    private func copyBytes(_ rows: UnsafePointer<WaitingRow>, _ count: Int, _ target: Column, _ start: Int) {
        guard let arena = target.arena else { preconditionFailure("\(target.type) column has no bytes") }
        let writer = ArenaWriter(arena)
        let slices = target.slices + start
        for index in 0..<count {
            let block = Int(rows[index].block)
            let row = Int(rows[index].row)
            guard let storage = storages[block], let bytes = arenas[block], isValid(block, row) else { continue }
            let slice = storage.assumingMemoryBound(to: ByteSlice.self)[row]
            let source = UnsafeRawPointer(bytes + Int(slice.offset))
            let length = Int(slice.length)
            let place = UnsafeMutableRawPointer(writer.reserve(Swift.max(length, Arena.padding)))
            if length <= Arena.padding {
                // Arenas may be read past their end by as much, which saves a call for a few bytes.
                place.storeBytes(of: source.loadUnaligned(as: UInt64.self), as: UInt64.self)
                place.storeBytes(
                    of: source.loadUnaligned(fromByteOffset: 8, as: UInt64.self), toByteOffset: 8, as: UInt64.self)
            } else {
                place.copyMemory(from: source, byteCount: length)
            }
            slices[index] = writer.commit(length)
        }
    }

    private func copyValidity(
        column: Int, _ rows: UnsafePointer<WaitingRow>, _ count: Int, _ target: Column, _ start: Int
    ) {
        if start == 0 && used.allSatisfy({ blocks[$0].columns[column].isAllValid(blocks[$0].rowCount) }) {
            return target.setAllValid(count)
        }
        for index in 0..<count where isValid(Int(rows[index].block), Int(rows[index].row)) {
            target.setValid(start + index)
        }
    }

    @inline(__always)
    private func isValid(_ block: Int, _ row: Int) -> Bool {
        guard let validity = validities[block] else { return false }
        return validity[row >> 6] & (1 << UInt64(row & 63)) != 0
    }
}
