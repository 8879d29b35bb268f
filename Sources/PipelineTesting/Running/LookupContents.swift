internal import Columnar
internal import Dataflow
internal import Formats
internal import Synchronization

/// The rows of a table that is asked by key. From any thread.
final class LookupContents: Sendable {
    /// A row, as JSON.
    struct Row: Hashable, Sendable {
        var json: String
        /// Of the primary key; nil where the table has none.
        var key: [String]?
    }

    private struct State {
        var rows: [Row] = []
        var version = 0
    }

    private let state = Mutex(State())

    /// Adds a row, in place of that of its key.
    func put(_ row: Row) {
        state.withLock { state in
            state.version += 1
            if let key = row.key, let index = state.rows.firstIndex(where: { $0.key == key }) {
                state.rows[index] = row
            } else {
                state.rows.append(row)
            }
        }
    }

    /// Removes the row of a key.
    func remove(_ key: [String]) {
        state.withLock { state in
            state.version += 1
            state.rows.removeAll { $0.key == key }
        }
    }

    /// The rows, and a number that changes with them.
    var current: (rows: [Row], version: Int) { state.withLock { ($0.rows, $0.version) } }
}

/// Answers lookups from given rows, without a cache. Belongs to one worker.
final class GivenLookup: LookupTable {
    private let spec: LookupSpec
    private let contents: LookupContents
    private let keyTexts: RowTexts
    private let decoder: any RowDecoder
    private var keys: [[String]] = []
    private var rows: [LookupContents.Row] = []
    private var version = -1

    init(_ spec: LookupSpec, _ contents: LookupContents) throws {
        self.spec = spec
        self.contents = contents
        let fields = spec.table.fields.filter { spec.keys.contains($0.name) }
        keyTexts = try RowTexts(spec.keys.compactMap { key in fields.first { $0.name == key } })
        decoder = try Format.json(JSONOptions()).makeDecoder(
            fields: spec.fields.enumerated().map { column, field in
                ScanField(path: field.path, type: field.type, column: column)
            })
    }

    func lookup(_ batch: RecordBatch, keys positions: [Int]) throws -> LookupMatches {
        try refresh()
        // Keys of both sides have one physical type, so their texts can be compared.
        let asked = RecordBatch(
            schema: Schema(positions.map { batch.schema[$0] }), columns: positions.map { batch.columns[$0] },
            rowCount: batch.rowCount, selection: batch.selection)
        let texts = try RowTexts(
            zip(spec.keys, positions).map { name, position in
                TableField(
                    name: name, type: batch.schema[position].type, isNullable: true, origin: .payload(path: [name]))
            })
        var wanted: [[String]] = []
        texts.forEach(asked) { wanted.append($1) }
        let builder = BatchBuilder(schema: spec.schema, capacity: RecordBatch.maximumRowCount)
        var leftRows: [Int32] = []
        var index = 0
        try batch.forEachRow { row in
            let key = wanted[index]
            index += 1
            guard !key.contains(RowTexts.null) else { return }
            for (position, candidate) in keys.enumerated() where candidate == key {
                try append(rows[position], to: builder)
                leftRows.append(Int32(row))
            }
        }
        return LookupMatches(rows: builder.finish(), leftRows: leftRows)
    }

    func close() {}

    private func refresh() throws {
        let (current, number) = contents.current
        guard number != version else { return }
        rows = current
        keys = try rows.map { try keyTexts.texts(ofJSON: $0.json).get() }
        version = number
    }

    private func append(_ row: LookupContents.Row, to builder: BatchBuilder) throws {
        guard !builder.isFull else {
            throw DataflowError(
                .limitExceeded, "a lookup in \(spec.table.name) finds more than \(builder.capacity) rows")
        }
        var json = row.json
        let status = json.withUTF8 { unsafe decoder.decode(UnsafeRawBufferPointer($0), into: builder) }
        guard status.isSuccess else {
            throw DataflowError(
                .invalidData, "a row given to \(spec.table.name): \(status.message(fields: decoder.fields))")
        }
        builder.commitRow()
    }
}
