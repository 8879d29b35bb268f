package import Columnar

/// For every key, the rows that it has had, each from a time on: the right side of a temporal join.
///
/// A version holds from its time until the next version's; a delete marker is a version without a row. Versions of a
/// key lie in order of time: a few in the key's entry, more of them in one block of the heap. Owned by one thread.
package final class VersionedTable: CheckpointedState {
    /// Entries with room for as many versions as fit are at most this big.
    private static let preferredEntryByteCount = 80

    package let descriptor: StateDescriptor
    package let schema: Schema
    package let placement: KeyGroupPlacement
    let keyColumns: [Int]
    let timeColumn: Int
    let limits: StateLimits
    let origins: [ColumnOrigin]
    /// A version: its time in microseconds, the stored columns, `VersionFlags`.
    let layout: RowLayout
    let inlineCapacity: Int
    let heap: BlockHeap
    let table: EntryTable
    let changed = EntryList()
    let totals: UnsafeMutablePointer<Totals>

    struct Totals {
        var versions = 0
        var deleteMarkers = 0
        /// Where the next sweep goes on.
        var sweepPart = 0
        var sweepEntry: UInt32 = 0
        /// No horizon before it lets any entry give something up.
        var leastUsefulHorizon = Int64.min
        /// The same of the entries that the round under way has seen, and of the versions that came meanwhile.
        var leastOfRound = Int64.max
    }

    var changes: EpochChanges
    private var keys: KeyBatch
    /// A row for each position of `keys`.
    private(set) var packed: UnsafeMutableRawPointer
    private var packedCapacity: Int

    /// - Parameters:
    ///   - schema: the rows; all columns are held.
    ///   - keyColumns: positions in `schema`; rows with a null there are never found, so they are not held.
    ///   - timeColumn: position in `schema` of the time from which a row holds, a timestamp.
    ///   - changesAhead: changed entries from which on they are written before the barrier asks for them.
    package init(
        name: String, schema: Schema, keyColumns: [Int], timeColumn: Int, placement: KeyGroupPlacement,
        limits: StateLimits = StateLimits(), changesAhead: Int = EpochChanges.versionedEntryCountAhead
    ) {
        precondition(
            !keyColumns.isEmpty && !keyColumns.contains(timeColumn), "keys \(keyColumns) with time \(timeColumn)")
        self.schema = schema
        self.placement = placement
        self.keyColumns = keyColumns
        self.timeColumn = timeColumn
        self.limits = limits
        changes = EpochChanges(entryCountAhead: changesAhead)
        origins = ColumnOrigin.origins(columnCount: schema.count, keys: keyColumns, time: timeColumn)
        let stored = zip(schema.fields, origins).filter(\.1.isStored).map(\.0)
        descriptor = StateDescriptor(
            name: name, layout: "versioned-table/1", keyFields: keyColumns.map { schema[$0] },
            valueFields: [schema[timeColumn]] + stored)
        layout = RowLayout(
            stored.map(\.type), use: .values, prefixByteCount: 8, reservedFlagCount: VersionFlags.count)
        let keyLayout = RowLayout(keyColumns.map { schema[$0].type }, use: .key)
        let room = Self.preferredEntryByteCount - EntryTable.keyOffset - keyLayout.byteCount
        inlineCapacity = Swift.min(4, Swift.max(1, room / layout.byteCount))
        let memory = ChunkSource()
        heap = BlockHeap(chunks: memory)
        table = EntryTable(
            keyLayout: keyLayout, payloadByteCount: Swift.max(16, inlineCapacity * layout.byteCount),
            placement: placement, heap: heap, memory: memory)
        totals = .allocate(capacity: 1)
        totals.initialize(to: Totals())
        keys = KeyBatch(layout: keyLayout, capacity: RecordBatch.preferredRowCount)
        packedCapacity = RecordBatch.preferredRowCount
        packed = .allocate(byteCount: packedCapacity * layout.byteCount, alignment: 64)
    }

    deinit {
        packed.deallocate()
        totals.deallocate()
    }

    /// Keys held.
    package var entryCount: Int { table.entryCount }
    /// Versions held, delete markers included.
    package var versionCount: Int { totals.pointee.versions }
    /// Bytes of memory that the table takes.
    package var byteCount: Int { table.byteCount + heap.byteCount }

    /// Takes in the selected rows: insert and updateAfter as versions, delete as the end of one, updateBefore not at
    /// all. Of two rows with equal key and time the later one stays. Rows with a null key or time are left out.
    ///
    /// - Parameter horizon: nobody asks for times before it any more (see `sweep`).
    /// - Throws: `StateError.limitExceeded`, with some of the rows taken in.
    package func put(_ batch: RecordBatch, horizon: Timestamp) throws(StateError) {
        let keys = keyBatch(batch.rowCount)
        keys.load(batch, keys: keyColumns, time: timeColumn)
        table.find(keys)
        pack(batch, keys)
        let stride = layout.byteCount
        for position in 0..<keys.count {
            let version = packed + position &* stride
            if let kinds = batch.rowKinds, kinds.values[Int(keys.rows[position])] == RowKind.delete.rawValue {
                makeDeleteMarker(version)
            } else if !layout.isFixed {
                try limits.check(row: layout.variableByteCount(version), of: descriptor.name)
            }
            if !table.keyLayout.isFixed {
                let key = keys.keys + position * table.keyLayout.byteCount
                try limits.check(key: table.keyLayout.variableByteCount(key), of: descriptor.name)
            }
            let entry = table.findOrInsert(keys, position)
            if insert(version, into: entry, horizon: horizon.microseconds) { markChanged(entry) }
        }
        writeAhead()
    }

    /// Finds for every selected row of a batch the version of its key that holds at its time.
    ///
    /// - Parameters:
    ///   - keys: columns of `batch` that equal the key columns, in that order and with the same types.
    ///   - time: a timestamp column of `batch`; rows with a null there find nothing.
    package func find(_ batch: RecordBatch, keys columns: [Int], time: Int, into matches: TableMatches) {
        matches.removeAll(batch.rowCount)
        let keys = keyBatch(batch.rowCount)
        keys.load(batch, keys: columns, time: time)
        table.find(keys)
        warmVersions(keys)
        let times = batch.columns[time].int64s
        for position in 0..<keys.count {
            guard let entry = keys.entries[position] else { continue }
            let row = Int(keys.rows[position])
            guard let version = version(of: entry, at: times[row]) else { continue }
            matches.keys[row] = UnsafeRawPointer(entry + EntryTable.keyOffset)
            matches.values[row] = version
        }
    }

    /// The columns of `schema` for the selected rows of the batch that was asked for, null where nothing was found.
    package func columns(_ matches: TableMatches, for batch: RecordBatch) -> [Column] {
        let arena = schema.fields.contains { $0.type.isVariableLength } ? Arena() : nil
        return zip(schema.fields, origins).map { field, origin in
            let column = Column(type: field.type, capacity: batch.rowCount, arena: arena)
            switch origin {
            case .key(let slot): table.keyLayout.unpack(slot: slot, from: matches.keys, rowsOf: batch, into: column)
            case .time:
                batch.forEachRow { row in
                    guard let version = matches.values[row] else { return }
                    column.int64s[row] = version.load(as: Int64.self)
                    column.setValid(row)
                }
            case .stored(let slot): layout.unpack(slot: slot, from: matches.values, rowsOf: batch, into: column)
            }
            return column
        }
    }

    func markChanged(_ entry: UnsafeMutableRawPointer) {
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
        let stride = layout.byteCount
        packed.initializeMemory(as: UInt8.self, repeating: 0, count: keys.count * stride)
        let times = batch.columns[timeColumn].int64s
        for position in 0..<keys.count {
            packed.storeBytes(of: times[Int(keys.rows[position])], toByteOffset: position &* stride, as: Int64.self)
            VersionFlags.insert(VersionFlags.changed, packed + position &* stride + layout.flagOffset)
        }
        for (column, origin) in origins.enumerated() {
            guard case .stored(let slot) = origin else { continue }
            layout.pack(batch.columns[column], slot: slot, rows: keys.rows, count: keys.count, into: packed)
        }
    }

    private func makeDeleteMarker(_ version: UnsafeMutableRawPointer) {
        for offset in layout.variableOffsets {
            PackedBytes.write(UnsafeRawBufferPointer(start: nil, count: 0), at: version + offset)
        }
        VersionFlags.insert(VersionFlags.delete, version + layout.flagOffset)
    }

    /// Reads the newest version of every key that has them outside of its entry.
    private func warmVersions(_ keys: KeyBatch) {
        var read: Int64 = 0
        for position in 0..<keys.count {
            guard let entry = keys.entries[position], EntryFlags.get(entry) & EntryFlags.external != 0 else { continue }
            let list = VersionList(entry, self)
            read ^= list.time(list.count - 1)
        }
        keys.sink.pointee = UInt64(bitPattern: read)
    }
}

/// What is known of a version, in the first bits of its flags.
enum VersionFlags {
    static let count = 2
    /// There is no row from this time on.
    static let delete: UInt8 = 1
    /// Not yet in a snapshot of changes.
    static let changed: UInt8 = 2

    @inline(__always)
    static func insert(_ flags: UInt8, _ place: UnsafeMutableRawPointer) {
        place.storeBytes(of: place.load(as: UInt8.self) | flags, as: UInt8.self)
    }

    @inline(__always)
    static func remove(_ flags: UInt8, _ place: UnsafeMutableRawPointer) {
        place.storeBytes(of: place.load(as: UInt8.self) & ~flags, as: UInt8.self)
    }
}
