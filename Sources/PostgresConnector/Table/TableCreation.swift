/// A table that is made where it is missing.
struct TableCreation {
    let name: QualifiedTableName
    /// The columns and constraints as they stand between the parentheses of CREATE TABLE.
    let body: String
    /// What follows the parentheses.
    var suffix = ""

    /// The statement, for the server and for messages.
    var statement: String {
        "CREATE TABLE IF NOT EXISTS \(name.quoted) (\(body))\(suffix)"
    }

    private var schemaStatement: String? {
        name.schema.map { "CREATE SCHEMA IF NOT EXISTS \($0.quoted)" }
    }

    /// Makes the table, and its schema, unless they are there. Needs no right to create what exists.
    ///
    /// - Throws: `.statementFailed` with the statements to be run by somebody who may.
    func run(_ connection: PostgresConnection) throws(PostgresConnectorError) {
        if try exists(connection) { return }
        do {
            if let schemaStatement, try !schemaExists(connection) {
                try make(schemaStatement, connection) { () throws(PostgresConnectorError) in
                    try schemaExists(connection)
                }
            }
            try make(statement, connection) { () throws(PostgresConnectorError) in try exists(connection) }
        } catch {
            guard error.sqlState == SQLState("42501") else { throw error.at("table \(name)") }
            let statements = [schemaStatement, statement].compactMap { $0 }.joined(separator: ";\n")
            throw PostgresConnectorError(
                .statementFailed,
                "the user may not create it; let an administrator run this once and GRANT ALL on it:\n\(statements);",
                sqlState: error.sqlState, place: "table \(name)", serverMessage: error.serverMessage, cause: error)
        }
    }

    /// Another session may make the same at the same moment: then one of the two fails, though both said IF NOT EXISTS.
    private func make(
        _ statement: String, _ connection: PostgresConnection,
        isThere: () throws(PostgresConnectorError) -> Bool
    ) throws(PostgresConnectorError) {
        do {
            try connection.execute(statement)
        } catch {
            guard ["23505", "42710", "42P06", "42P07"].contains(error.sqlState?.code), try isThere() else {
                throw error
            }
        }
    }

    private func schemaExists(_ connection: PostgresConnection) throws(PostgresConnectorError) -> Bool {
        guard let schema = name.schema else { return true }
        let found = try connection.query("SELECT to_regnamespace($1) IS NOT NULL", [schema.quoted])
        return found.text(0, 0) == "t"
    }

    private func exists(_ connection: PostgresConnection) throws(PostgresConnectorError) -> Bool {
        let found = try connection.query("SELECT to_regclass($1) IS NOT NULL", [name.quoted])
        return found.text(0, 0) == "t"
    }
}
