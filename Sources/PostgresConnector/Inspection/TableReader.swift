internal import Columnar
internal import Dataflow

/// Reads a sink's table in the open transaction, by a cursor, into batches of the sink's schema.
struct TableReader {
    let connection: PostgresConnection
    let spec: SinkSpec
    let options: PostgresOptions

    /// - Throws: `DataflowError`; what `body` throws.
    func read(_ body: (RecordBatch, [Int64]) throws -> Void) throws {
        do {
            let statement = try LookupQuery.scan(spec.table, options, fields: spec.fields, connection)
            try connection.execute("DECLARE millrace_rows NO SCROLL CURSOR FOR \(statement)")
            try connection.prepare("millrace_fetch", "FETCH \(RecordBatch.preferredRowCount) FROM millrace_rows")
        } catch {
            throw DataflowError(error)
        }
        while let (batch, ages) = try next() { try body(batch, ages) }
        do {
            try connection.execute("CLOSE millrace_rows; DEALLOCATE millrace_fetch")
        } catch {
            throw DataflowError(error)
        }
    }

    private func next() throws(DataflowError) -> (RecordBatch, [Int64])? {
        do throws(PostgresConnectorError) {
            let rows = try connection.queryPrepared("millrace_fetch", [])
            let count = rows.rowCount
            if count == 0 { return nil }
            let schema = spec.schema
            let arena = schema.fields.contains { $0.type.isVariableLength } ? Arena() : nil
            let columns = schema.fields.map { Column(type: $0.type, capacity: count, arena: arena) }
            for (index, field) in schema.fields.enumerated() {
                let decoder = CellDecoder(column: columns[index], name: field.name)
                for row in 0..<count {
                    guard let cell = rows.cell(row, index) else { continue }
                    try decoder.set(row, cell)
                }
            }
            // The last column is the age of the transaction that wrote the row.
            let ages = (0..<count).map { row -> Int64 in
                guard let cell = rows.cell(row, schema.count)?.baseAddress else { return 0 }
                return loadBigEndian(cell, as: Int64.self)
            }
            return (RecordBatch(schema: schema, columns: columns, rowCount: count), ages)
        } catch {
            throw DataflowError(error)
        }
    }
}
