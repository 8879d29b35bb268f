internal import Columnar
internal import Dataflow

/// The statement of a lookup: the rows of a list of keys, each with the place of its key in the list.
struct LookupQuery: Sendable, Equatable {
    /// Parameters: one array a key column. Columns: the place, counted from 1, then the fields, all in binary.
    let statement: String
    let keyColumns: [TableColumn]

    /// Holds a lookup against its table.
    ///
    /// - Throws: `.tableMismatch` with every problem.
    static func check(
        _ table: TableDefinition, _ options: PostgresOptions, keys: [String], fields: [TableField],
        _ connection: PostgresConnection
    ) throws(PostgresConnectorError) -> LookupQuery {
        guard let name = options.table else {
            throw PostgresConnectorError(.configuration, "the option 'table-name' is wrong")
        }
        guard let description = try TableDescription.read(name, connection) else {
            throw PostgresConnectorError(.tableMismatch, "the table does not exist", place: "table \(name)")
        }
        var problems: [String] = []
        if description.missingPrivileges.contains("SELECT") {
            problems.append("the user has no right to SELECT from it; GRANT it")
        }
        var selected: [String] = []
        for field in fields {
            switch expression(field, description) {
            case .success(let text): selected.append(text)
            case .failure(let problem): problems.append(problem.text)
            }
        }
        var keyColumns: [TableColumn] = []
        for key in keys {
            guard let column = description.column(key) else {
                problems.append("it has no column \(key)")
                continue
            }
            keyColumns.append(column)
        }
        guard problems.isEmpty else {
            throw PostgresConnectorError(
                .tableMismatch, "the table does not fit the lookup:" + problems.map { "\n  - \($0)" }.joined(),
                place: "table \(name)")
        }
        let statement = try statement(name, selected, keyColumns, connection)
        return LookupQuery(statement: statement, keyColumns: keyColumns)
    }

    /// All rows of a table: its fields, and how many transactions ago each was written, all in binary.
    ///
    /// - Throws: `.tableMismatch` with every problem.
    static func scan(
        _ table: TableDefinition, _ options: PostgresOptions, fields: [TableField], _ connection: PostgresConnection
    ) throws(PostgresConnectorError) -> String {
        guard let name = options.table, let description = try TableDescription.read(name, connection) else {
            throw PostgresConnectorError(.tableMismatch, "the table does not exist", place: "table \(table.name)")
        }
        var selected: [String] = []
        var problems: [String] = []
        for field in fields {
            switch expression(field, description) {
            case .success(let text): selected.append(text)
            case .failure(let problem): problems.append(problem.text)
            }
        }
        guard problems.isEmpty else {
            throw PostgresConnectorError(
                .tableMismatch, "the table cannot be read back:" + problems.map { "\n  - \($0)" }.joined(),
                place: "table \(name)")
        }
        return "SELECT \((selected + ["age(t.xmin)::int8"]).joined(separator: ", ")) FROM \(name.quoted) t"
    }

    private struct Problem: Error {
        let text: String
    }

    private static func statement(
        _ name: QualifiedTableName, _ selected: [String], _ keys: [TableColumn], _ connection: PostgresConnection
    ) throws(PostgresConnectorError) -> String {
        var arrays: [String] = []
        var conditions: [String] = []
        for (index, key) in keys.enumerated() {
            let type = try connection.query("SELECT pg_catalog.format_type($1::oid, -1)", [String(key.typeId)])
            // format_type says "character" for bpchar, which as a cast would mean one character.
            let element = key.typeId == TypeId.bpchar ? "bpchar" : try type.required(0, 0)
            arrays.append("$\(index + 1)::\(element)[]")
            conditions.append("t.\(try SQLIdentifier(key.name).quoted) = k.k\(index)")
        }
        let names = keys.indices.map { "k\($0)" } + ["place"]
        return """
            SELECT \((["k.place::int4"] + selected).joined(separator: ", "))
            FROM ROWS FROM (unnest(\(arrays.joined(separator: ", ")))) WITH ORDINALITY AS k(\(names.joined(separator: ", ")))
            JOIN \(name.quoted) t ON \(conditions.joined(separator: " AND "))
            ORDER BY k.place
            """
    }

    /// The column in the binary form that a `CellDecoder` of the field's type reads.
    private static func expression(_ field: TableField, _ table: TableDescription) -> Result<String, Problem> {
        guard let column = table.column(field.name), let name = try? SQLIdentifier(field.name) else {
            let nearest = NearestName.find(field.name, in: table.columns.map(\.name))
            return .failure(
                Problem(text: "it has no column \(field.name)" + (nearest.map { "; did you mean \($0)?" } ?? "")))
        }
        let (cast, sources): (String, [UInt32]?) =
            switch field.type {
            case .boolean: ("bool", [TypeId.bool])
            case .int: ("int4", [TypeId.int2, TypeId.int4])
            case .bigint: ("int8", [TypeId.int2, TypeId.int4, TypeId.int8])
            case .double: ("float8", [TypeId.float4, TypeId.float8, TypeId.int2, TypeId.int4, TypeId.numeric])
            case .decimal: ("numeric", [TypeId.numeric, TypeId.int2, TypeId.int4, TypeId.int8])
            case .string: ("text", nil)
            case .bytes: ("bytea", [TypeId.bytea])
            case .date: ("date", [TypeId.date])
            case .timestamp: ("timestamp", [TypeId.timestamp])
            case .timestampLTZ: ("timestamptz", [TypeId.timestamptz])
            }
        if let sources, !sources.contains(column.typeId) {
            return .failure(
                Problem(text: "column \(field.name) is \(column.typeName), which is not read as \(field.type)"))
        }
        return .success("t.\(name.quoted)::\(cast)")
    }
}
