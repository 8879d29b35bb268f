internal import Columnar
internal import Dataflow

/// A table as one sink writes it: checked columns in the order of the tuples, keys first, and the statements.
struct TableTarget: Sendable, Equatable {
    let name: QualifiedTableName
    let columns: [TargetColumn]
    let keyCount: Int
    /// Whether a column makes its own values unless INSERT overrides it.
    let overridesIdentity: Bool

    private var allColumns: String { columns.map(\.name.quoted).joined(separator: ", ") }
    private var keyColumns: [SQLIdentifier] { columns.prefix(keyCount).map(\.name) }

    /// COPY of the tuples straight into the table, for rows without a key.
    var copyStatement: String { "COPY \(name.quoted) (\(allColumns)) FROM STDIN (FORMAT binary)" }

    /// COPY of the tuples into the table's temporary twin.
    func stageStatement(_ stage: SQLIdentifier) -> String {
        "COPY pg_temp.\(stage.quoted) FROM STDIN (FORMAT binary)"
    }

    /// Creates the temporary twin; it is emptied by every commit.
    func createStageStatement(_ stage: SQLIdentifier) -> String {
        let selected = columns.map { "t.\($0.name.quoted)" }.joined(separator: ", ")
        return """
            CREATE TEMPORARY TABLE \(stage.quoted) ON COMMIT DELETE ROWS AS
            SELECT \(selected), false AS \(Self.deleteFlag) FROM \(name.quoted) t WITH NO DATA
            """
    }

    /// Moves the staged rows into the table.
    func mergeStatements(_ stage: SQLIdentifier, hasDeletes: Bool) -> String {
        let keys = keyColumns
        var text = ""
        if hasDeletes {
            let condition = keys.map { "t.\($0.quoted) = s.\($0.quoted)" }.joined(separator: " AND ")
            text = """
                DELETE FROM \(name.quoted) t USING pg_temp.\(stage.quoted) s
                WHERE s.\(Self.deleteFlag) AND \(condition);

                """
        }
        let updates = columns.dropFirst(keyCount).map { "\($0.name.quoted) = EXCLUDED.\($0.name.quoted)" }
        let action = updates.isEmpty ? "NOTHING" : "UPDATE SET \(updates.joined(separator: ", "))"
        let keyList = keys.map(\.quoted).joined(separator: ", ")
        // Rows in the order of their key: two writers then lock rows in the same order.
        return text + """
            INSERT INTO \(name.quoted) (\(allColumns))\(overridesIdentity ? " OVERRIDING SYSTEM VALUE" : "")
            SELECT \(allColumns) FROM pg_temp.\(stage.quoted)\(hasDeletes ? " WHERE NOT \(Self.deleteFlag)" : "")
            ORDER BY \(keyList)
            ON CONFLICT (\(keyList)) DO \(action)
            """
    }

    /// What tells whether redo rows that were made for one target fit another.
    var signature: String {
        let parts = columns.map { "\($0.name.quoted):\($0.typeId):\($0.encoding)" }
        return "\(name.quoted)(\(parts.joined(separator: ",")))/\(keyCount)"
    }

    private static let deleteFlag = "\"millrace deleted\""
}
