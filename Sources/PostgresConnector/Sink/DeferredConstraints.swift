/// The constraints of a table that the server checks at the end of a transaction, where they would name no row: a sink that isolates
/// refused rows has them checked after every unit.
struct DeferredConstraints: Sendable {
    private struct Constraint: Sendable {
        /// Quoted, with its schema.
        let name: String
        /// The server's number of the table that a foreign key refers to.
        let referenced: String?
    }

    /// The server's number of the table.
    let table: String
    private let constraints: [Constraint]

    init(of name: QualifiedTableName, _ connection: PostgresConnection) throws(PostgresConnectorError) {
        let own = try connection.query("SELECT $1::regclass::oid", [name.quoted])
        table = try own.required(0, 0)
        let result = try connection.query(
            """
            SELECT quote_ident(n.nspname) || '.' || quote_ident(c.conname), NULLIF(c.confrelid, 0)
            FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace
            WHERE c.conrelid = $1::oid AND c.condeferred ORDER BY 1
            """, [table])
        var found: [Constraint] = []
        for row in 0..<result.rowCount {
            found.append(Constraint(name: try result.required(row, 0), referenced: result.text(row, 1)))
        }
        constraints = found
    }

    /// What checks them for the rows sent so far; nil where there are none.
    ///
    /// - Parameter written: the tables of the same transaction. Keys that refer to them are left for its end, when all rows are there.
    func check(written: Set<String>) -> String? {
        let names = constraints.filter { !($0.referenced.map(written.contains) ?? false) }.map(\.name)
        guard !names.isEmpty else { return nil }
        let list = names.joined(separator: ", ")
        return "SET CONSTRAINTS \(list) IMMEDIATE; SET CONSTRAINTS \(list) DEFERRED"
    }
}
