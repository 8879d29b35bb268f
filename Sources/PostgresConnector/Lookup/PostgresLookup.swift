package import Columnar
package import Dataflow
internal import Glibc

/// A table that is asked by key, with a cache. Owned by one worker thread, which waits for the answers.
package final class PostgresLookup: LookupTable {
    private let spec: LookupSpec
    private let options: PostgresOptions
    private let environment: ConnectorEnvironment
    private let cache: LookupCache?
    private var connection: PostgresConnection?
    private var query: LookupQuery?
    private var encoder: RowEncoder?
    private var encodedTypes: [LogicalType] = []
    private let keys = RowUnit(table: 0)
    /// Answers of the batch at hand, cells after cells.
    private let answers = Arena()
    /// Queries sent, for tests and reports.
    package private(set) var queryCount = 0

    init(_ spec: LookupSpec, _ options: PostgresOptions, _ environment: ConnectorEnvironment) throws {
        self.spec = spec
        self.options = options
        self.environment = environment
        cache = options.lookup.maximumCachedRowCount.map { LookupCache(options.lookup, maximumRowCount: $0) }
        do {
            _ = try connect()
        } catch {
            throw DataflowError(error)
        }
    }

    package func lookup(_ batch: RecordBatch, keys keyFields: [Int]) throws -> LookupMatches {
        do throws(PostgresConnectorError) {
            let encoder = try encoder(for: batch, keyFields)
            keys.removeAll()
            answers.removeAll()
            // A key that the column cannot hold matches nothing, as does a null.
            _ = encoder.encode(batch, into: keys)
            var wanted = BatchKeys(keys)
            findCached(&wanted)
            if !wanted.missing.isEmpty { try ask(&wanted) }
            return try matches(wanted)
        } catch {
            throw DataflowError(error)
        }
    }

    package func close() {
        connection = nil
    }

    // MARK: Connection

    private func connect() throws(PostgresConnectorError) -> PostgresConnection {
        if let connection, !connection.isLost { return connection }
        let name = SessionSettings.name(job: "lookup of \(environment.job.name)", instance: environment.job.instance)
        let opened = try PostgresConnection(
            options.parameters, session: SessionSettings(applicationName: name),
            notices: { [environment, table = spec.table.name] event in
                var event = event
                event.fields["table"] = table
                environment.tell(event)
            })
        let query = try LookupQuery.check(spec.table, options, keys: spec.keys, fields: spec.fields, opened)
        try opened.prepare("lookup", query.statement)
        self.query = query
        connection = opened
        return opened
    }

    private func encoder(for batch: RecordBatch, _ fields: [Int]) throws(PostgresConnectorError) -> RowEncoder {
        let types = fields.map { batch.columns[$0].type }
        if let encoder, types == encodedTypes, encoder.columns.map(\.field) == fields { return encoder }
        guard let query, query.keyColumns.count == fields.count else {
            throw PostgresConnectorError(.internalError, "a lookup by \(fields.count) columns")
        }
        var columns: [TargetColumn] = []
        for (index, column) in query.keyColumns.enumerated() {
            // A list's elements have no modifier.
            let element = column.withoutModifier
            guard let mapping = TypeMapping(types[index], to: element), mapping.isExact else {
                throw PostgresConnectorError(
                    .tableMismatch,
                    "the key column \(column.name) is \(column.typeName), which \(types[index]) is not compared with",
                    place: "table \(spec.table.name)")
            }
            columns.append(
                TargetColumn(
                    name: try SQLIdentifier(column.name), field: fields[index], encoding: mapping.encoding,
                    isRequired: true, typeId: column.typeId))
        }
        let made = RowEncoder(columns: columns, keyCount: 0, origins: .kept)
        encoder = made
        encodedTypes = types
        return made
    }

    // MARK: Answers

    private func findCached(_ wanted: inout BatchKeys) {
        let now = cache == nil ? 0 : environment.clock.monotonicNanoseconds()
        for row in 0..<keys.rowCount {
            let key = keys.tuple(row)
            let hash = KeyHash.combine(0, key)
            if wanted.isRepeated(row, hash) { continue }
            if let cached = cache?.find(key, hash: hash, now: now) {
                // Copied, because an answer that is inserted may push this one out.
                let slice = answers.append(cached.bytes)
                wanted.set(row, offset: Int(slice.offset), rowCount: cached.rowCount)
            } else {
                wanted.addMissing(row, hash)
            }
        }
    }

    /// Asks the server for the keys that are missing.
    private func ask(_ wanted: inout BatchKeys) throws(PostgresConnectorError) {
        var attempt = 0
        while true {
            do {
                try ask(&wanted, connect())
                if attempt > 0 { environment.note(.answered) }
                return
            } catch  where error.isRetriable && attempt < options.lookup.retryCount {
                connection = nil
                attempt += 1
                environment.note(.retried(error.description))
                environment.tell(
                    LogEvent(
                        .warning, "a lookup is sent again",
                        ["table": spec.table.name, "attempt": String(attempt), "error": error.description]))
                usleep(UInt32(Backoff.delay(attempt).milliseconds * 1000))
            }
        }
    }

    private func ask(_ wanted: inout BatchKeys, _ connection: PostgresConnection) throws(PostgresConnectorError) {
        guard let query else { throw PostgresConnectorError(.internalError, "a lookup without a query") }
        let arrays = (0..<query.keyColumns.count).map { wanted.array($0, of: keys, query.keyColumns[$0].typeId) }
        let parameters = arrays.map { UnsafeRawBufferPointer(start: $0.base, count: $0.count) }
        queryCount += 1
        let result = try connection.queryPrepared("lookup", parameters)
        withExtendedLifetime(arrays) {}
        let now = cache == nil ? 0 : environment.clock.monotonicNanoseconds()
        var next = 0
        for (position, missing) in wanted.missing.enumerated() {
            let start = answers.count
            var count = 0
            while next < result.rowCount, Self.place(result, next) == position + 1 {
                for column in 1...max(1, spec.fields.count) where column < result.columnCount {
                    appendCell(result.cell(next, column))
                }
                count += 1
                next += 1
            }
            wanted.set(missing.row, offset: start, rowCount: count)
            if let cache, count > 0 || options.lookup.cachesMissingKeys {
                let bytes = UnsafeRawBufferPointer(start: answers.base + start, count: answers.count - start)
                cache.insert(keys.tuple(missing.row), hash: missing.hash, rows: bytes, rowCount: count, now: now)
            }
        }
    }

    private static func place(_ result: borrowing PostgresResult, _ row: Int) -> Int {
        guard let start = result.cell(row, 0)?.baseAddress else { return 0 }
        return Int(loadBigEndian(start, as: Int32.self))
    }

    private func appendCell(_ cell: UnsafeRawBufferPointer?) {
        let length = Int32(cell?.count ?? -1)
        storeBigEndian(length, UnsafeMutableRawPointer(answers.reserve(4)))
        _ = answers.commit(4)
        if let cell { _ = answers.append(cell) }
    }

    /// Turns the answers into columns, in the order of the rows that asked.
    private func matches(_ wanted: BatchKeys) throws(PostgresConnectorError) -> LookupMatches {
        let schema = spec.schema
        let total = wanted.matchCount
        let arena = Arena()
        let columns = schema.fields.map { field in
            Column(
                type: field.type, capacity: total, arena: field.type.isVariableLength ? arena : nil)
        }
        let decoders = zip(columns, schema.fields).map { CellDecoder(column: $0, name: $1.name) }
        var leftRows: [Int32] = []
        leftRows.reserveCapacity(total)
        var output = 0
        for row in 0..<keys.rowCount {
            let answer = wanted.answer(row)
            var cursor = UnsafeRawPointer(answers.base) + answer.offset
            for _ in 0..<answer.rowCount {
                for decoder in decoders {
                    let length = Int(loadBigEndian(cursor, as: Int32.self))
                    cursor += 4
                    if length < 0 { continue }
                    try decoder.set(output, UnsafeRawBufferPointer(start: cursor, count: length))
                    cursor += length
                }
                leftRows.append(Int32(truncatingIfNeeded: keys.originRow(row)))
                output += 1
            }
        }
        return LookupMatches(
            rows: RecordBatch(schema: schema, columns: columns, rowCount: total), leftRows: leftRows)
    }
}

extension TableColumn {
    /// The same without a length or precision.
    var withoutModifier: TableColumn {
        TableColumn(
            name: name, typeId: typeId, typeModifier: -1, typeName: typeName, typeKind: typeKind,
            typeCategory: typeCategory, isRequired: isRequired, hasDefault: hasDefault, isGenerated: isGenerated,
            isIdentityAlways: isIdentityAlways)
    }
}
