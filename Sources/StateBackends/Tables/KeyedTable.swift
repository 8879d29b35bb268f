package import Columnar

/// For every key its current row: the right side of a keyed enrichment. Owned by one thread.
package final class KeyedTable: CheckpointedState {
    package let descriptor: StateDescriptor
    package let schema: Schema
    package let placement: KeyGroupPlacement
    let keyColumns: [Int]
    let limits: StateLimits
    let origins: [ColumnOrigin]
    let layout: RowLayout
    let heap: BlockHeap
    let table: EntryTable
    let changed = EntryList()
    /// Entries that are gone for everybody but the next snapshot of changes.
    private(set) var removedCount = 0

    var changes: EpochChanges
    private var keys: KeyBatch
    /// A row for each position of `keys`.
    private(set) var packed: UnsafeMutableRawPointer
    private var packedCapacity: Int

    /// - Parameters:
    ///   - schema: the rows; all columns are held.
    ///   - keyColumns: positions in `schema`; rows with a null there are never found, so they are not held.
    ///   - changesAhead: changed entries from which on they are written before the barrier asks for them.
    package init(
        name: String, schema: Schema, keyColumns: [Int], placement: KeyGroupPlacement,
        limits: StateLimits = StateLimits(), changesAhead: Int = EpochChanges.keyedEntryCountAhead
    ) {
        precondition(!keyColumns.isEmpty, "a keyed table without a key")
        self.schema = schema
        self.placement = placement
        self.keyColumns = keyColumns
        self.limits = limits
        changes = EpochChanges(entryCountAhead: changesAhead)
        origins = ColumnOrigin.origins(columnCount: schema.count, keys: keyColumns, time: nil)
        let stored = zip(schema.fields, origins).filter(\.1.isStored).map(\.0)
        descriptor = StateDescriptor(
            name: name, layout: "keyed-table/1", keyFields: keyColumns.map { schema[$0] }, valueFields: stored)
        layout = RowLayout(stored.map(\.type), use: .values)
        let keyLayout = RowLayout(keyColumns.map { schema[$0].type }, use: .key)
        let memory = ChunkSource()
        heap = BlockHeap(chunks: memory)
        table = EntryTable(
            keyLayout: keyLayout, payloadByteCount: layout.byteCount, placement: placement, heap: heap, memory: memory)
        keys = KeyBatch(layout: keyLayout, capacity: RecordBatch.preferredRowCount)
        packedCapacity = RecordBatch.preferredRowCount
        packed = .allocate(byteCount: packedCapacity * layout.byteCount, alignment: 64)
    }

    deinit {
        packed.deallocate()
    }

    package var entryCount: Int { table.entryCount - removedCount }
    /// Bytes of memory that the table takes.
    package var byteCount: Int { table.byteCount + heap.byteCount }

    /// Takes in the selected rows, in order: insert and updateAfter are the key's row from now on, delete removes it,
    /// updateBefore says nothing. Rows with a null in the key are left out.
    ///
    /// - Throws: `StateError.limitExceeded`, with some of the rows taken in.
    package func put(_ batch: RecordBatch) throws(StateError) {
        let keys = keyBatch(batch.rowCount)
        keys.load(batch, keys: keyColumns, time: nil)
        table.find(keys)
        pack(batch, keys)
        for position in 0..<keys.count {
            if let kinds = batch.rowKinds, kinds.values[Int(keys.rows[position])] == RowKind.delete.rawValue {
                remove(keys, position)
                continue
            }
            let row = packed + position &* layout.byteCount
            if !layout.isFixed { try limits.check(row: layout.variableByteCount(row), of: descriptor.name) }
            if !table.keyLayout.isFixed {
                let key = keys.keys + position * table.keyLayout.byteCount
                try limits.check(key: table.keyLayout.variableByteCount(key), of: descriptor.name)
            }
            let entry = table.findOrInsert(keys, position)
            set(entry, row)
            markChanged(entry)
        }
        writeAhead()
    }

    /// Finds for every selected row of a batch the current row of its key.
    ///
    /// - Parameter keys: columns of `batch` that equal the key columns, in that order and with the same types.
    package func find(_ batch: RecordBatch, keys columns: [Int], into matches: TableMatches) {
        matches.removeAll(batch.rowCount)
        let keys = keyBatch(batch.rowCount)
        keys.load(batch, keys: columns, time: nil)
        table.find(keys)
        for position in 0..<keys.count {
            guard let entry = keys.entries[position] else { continue }
            if EntryFlags.get(entry) & EntryFlags.removed != 0 { continue }
            let row = Int(keys.rows[position])
            matches.keys[row] = UnsafeRawPointer(entry + EntryTable.keyOffset)
            matches.values[row] = UnsafeRawPointer(entry + table.payloadOffset)
        }
    }

    /// The columns of `schema` for the selected rows of the batch that was asked for, null where nothing was found.
    package func columns(_ matches: TableMatches, for batch: RecordBatch) -> [Column] {
        let arena = schema.fields.contains { $0.type.isVariableLength } ? Arena() : nil
        return zip(schema.fields, origins).map { field, origin in
            let column = Column(type: field.type, capacity: batch.rowCount, arena: arena)
            switch origin {
            case .key(let slot): table.keyLayout.unpack(slot: slot, from: matches.keys, rowsOf: batch, into: column)
            case .stored(let slot): layout.unpack(slot: slot, from: matches.values, rowsOf: batch, into: column)
            case .time: preconditionFailure("a keyed table has no time")
            }
            return column
        }
    }

    /// Makes `row` the row of an entry that may be new, removed or in use; its long values are copied.
    func set(_ entry: UnsafeMutableRawPointer, _ row: UnsafeRawPointer) {
        let place = entry + table.payloadOffset
        layout.disown(place, into: heap)
        place.copyMemory(from: row, byteCount: layout.byteCount)
        layout.adopt(place, into: heap)
        let flags = EntryFlags.get(entry)
        if flags & EntryFlags.removed == 0 { return }
        EntryFlags.set(entry, flags & ~EntryFlags.removed)
        removedCount -= 1
    }

    /// Takes an entry out for good.
    func drop(_ entry: UnsafeMutableRawPointer) {
        if EntryFlags.get(entry) & EntryFlags.removed != 0 { removedCount -= 1 }
        layout.disown(entry + table.payloadOffset, into: heap)
        table.remove(entry)
    }

    private func remove(_ keys: KeyBatch, _ position: Int) {
        let key = keys.keys + position &* table.keyLayout.byteCount
        // Not `keys.entries`: an earlier row of the batch may have made the entry.
        guard let entry = table.find(key, part: Int(keys.parts[position]), tag: keys.tags[position]) else { return }
        if EntryFlags.get(entry) & EntryFlags.removed != 0 { return }
        EntryFlags.set(entry, EntryFlags.get(entry) | EntryFlags.removed)
        removedCount += 1
        markChanged(entry)
    }

    private func markChanged(_ entry: UnsafeMutableRawPointer) {
        let flags = EntryFlags.get(entry)
        if flags & EntryFlags.changed != 0 { return }
        EntryFlags.set(entry, flags | EntryFlags.changed)
        changed.append(entry)
    }

    private func keyBatch(_ rowCount: Int) -> KeyBatch {
        if keys.capacity < rowCount { keys = KeyBatch(layout: keys.layout, capacity: rowCount) }
        return keys
    }

    /// For `RecordBatch.preferredRowCount` keys, with as many rows in `packed`.
    func emptyKeyBatch() -> KeyBatch {
        keys.removeAll()
        return keys
    }

    private func pack(_ batch: RecordBatch, _ keys: KeyBatch) {
        if packedCapacity < keys.count {
            packed.deallocate()
            packedCapacity = keys.capacity
            packed = .allocate(byteCount: packedCapacity * layout.byteCount, alignment: 64)
        }
        packed.initializeMemory(as: UInt8.self, repeating: 0, count: keys.count * layout.byteCount)
        for (column, origin) in origins.enumerated() {
            guard case .stored(let slot) = origin else { continue }
            layout.pack(batch.columns[column], slot: slot, rows: keys.rows, count: keys.count, into: packed)
        }
    }
}
