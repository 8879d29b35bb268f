/// A column as the server's catalog describes it.
struct TableColumn: Sendable, Equatable {
    let name: String
    /// The type's number, a domain's being that of its base.
    let typeId: UInt32
    /// The type's modifier, such as a length; -1 where there is none.
    let typeModifier: Int32
    /// The type in words, for messages.
    let typeName: String
    /// `b` base, `e` enum, ...; a domain's base.
    let typeKind: String
    /// `S` for texts.
    let typeCategory: String
    let isRequired: Bool
    /// Whether a row may leave the column out although it is NOT NULL.
    let hasDefault: Bool
    /// GENERATED ALWAYS AS (expression): cannot be written.
    let isGenerated: Bool
    /// GENERATED ALWAYS AS IDENTITY.
    let isIdentityAlways: Bool
}

/// A table as the server's catalog describes it.
struct TableDescription: Sendable, Equatable {
    /// `r` table, `p` partitioned table, `v` view, ...
    let kind: String
    let columns: [TableColumn]
    /// The columns of each unique index that ON CONFLICT may name, the primary key's first.
    let uniqueKeys: [[String]]
    /// Rights of the session's user on the table: those of INSERT, SELECT, UPDATE and DELETE that are missing.
    let missingPrivileges: [String]
    /// Whether the session may create temporary tables.
    let canCreateTemporaryTables: Bool

    func column(_ name: String) -> TableColumn? {
        columns.first { $0.name == name }
    }
}

extension TableDescription {
    /// Reads a table's description; nil where the table does not exist.
    static func read(
        _ table: QualifiedTableName, _ connection: PostgresConnection
    ) throws(PostgresConnectorError) -> TableDescription? {
        let found = try connection.query(
            """
            SELECT c.oid, c.relkind,
                   concat_ws(',', \(["INSERT", "SELECT", "UPDATE", "DELETE"].map {
                       "CASE WHEN NOT has_table_privilege(c.oid, '\($0)') THEN '\($0)' END"
                   }.joined(separator: ", "))),
                   has_database_privilege(current_database(), 'TEMP')
            FROM pg_catalog.pg_class c WHERE c.oid = pg_catalog.to_regclass($1)
            """, [table.quoted])
        guard found.rowCount == 1 else { return nil }
        let id = try found.required(0, 0)
        return TableDescription(
            kind: try found.required(0, 1), columns: try readColumns(id, connection),
            uniqueKeys: try readKeys(id, connection),
            missingPrivileges: (found.text(0, 2) ?? "").split(separator: ",").map(String.init),
            canCreateTemporaryTables: found.text(0, 3) == "t")
    }

    private static func readColumns(
        _ id: String, _ connection: PostgresConnection
    ) throws(PostgresConnectorError) -> [TableColumn] {
        let rows = try connection.query(
            """
            WITH RECURSIVE base AS (
                SELECT a.attnum, a.atttypid AS type, a.atttypmod AS modifier, 0 AS depth
                FROM pg_catalog.pg_attribute a WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped
                UNION ALL
                SELECT b.attnum, t.typbasetype, t.typtypmod, b.depth + 1
                FROM base b JOIN pg_catalog.pg_type t ON t.oid = b.type WHERE t.typtype = 'd')
            SELECT a.attname, b.type, b.modifier, pg_catalog.format_type(a.atttypid, a.atttypmod), t.typtype,
                   t.typcategory, a.attnotnull, a.atthasdef OR a.attidentity <> '', a.attgenerated <> '',
                   a.attidentity = 'a'
            FROM pg_catalog.pg_attribute a
            JOIN base b ON b.attnum = a.attnum
            JOIN pg_catalog.pg_type t ON t.oid = b.type AND t.typtype <> 'd'
            WHERE a.attrelid = $1::oid ORDER BY a.attnum
            """, [id])
        var columns: [TableColumn] = []
        for row in 0..<rows.rowCount {
            columns.append(
                TableColumn(
                    name: try rows.required(row, 0), typeId: UInt32(try rows.required(row, 1)) ?? 0,
                    typeModifier: Int32(try rows.required(row, 2)) ?? -1, typeName: try rows.required(row, 3),
                    typeKind: try rows.required(row, 4), typeCategory: try rows.required(row, 5),
                    isRequired: rows.text(row, 6) == "t", hasDefault: rows.text(row, 7) == "t",
                    isGenerated: rows.text(row, 8) == "t", isIdentityAlways: rows.text(row, 9) == "t"))
        }
        return columns
    }

    private static func readKeys(
        _ id: String, _ connection: PostgresConnection
    ) throws(PostgresConnectorError) -> [[String]] {
        let rows = try connection.query(
            """
            SELECT i.indexrelid, a.attname
            FROM pg_catalog.pg_index i
            CROSS JOIN LATERAL pg_catalog.unnest(i.indkey) WITH ORDINALITY AS k(attnum, position)
            JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
            WHERE i.indrelid = $1::oid AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL
              AND i.indexprs IS NULL AND k.position <= i.indnkeyatts
            ORDER BY i.indisprimary DESC, i.indexrelid, k.position
            """, [id])
        var keys: [[String]] = []
        var last = ""
        for row in 0..<rows.rowCount {
            let index = try rows.required(row, 0)
            if index != last { keys.append([]) }
            last = index
            keys[keys.count - 1].append(try rows.required(row, 1))
        }
        return keys
    }
}
