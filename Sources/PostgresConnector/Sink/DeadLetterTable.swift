internal import Columnar
internal import Dataflow

/// The table that keeps refused rows, in the shape of `DeadLetter.schema`.
enum DeadLetterTable {
    /// How the table is made where it is missing.
    static func creation(_ table: QualifiedTableName) throws(PostgresConnectorError) -> TableCreation {
        var columns: [String] = []
        for field in DeadLetter.schema.fields {
            let required = field.isNullable ? "" : " NOT NULL"
            columns.append("\(try SQLIdentifier(field.name).quoted) \(TypeMapping.created(for: field.type))\(required)")
        }
        return TableCreation(name: table, body: columns.joined(separator: ", "))
    }

    /// Adds one row; parameters: job, table, reason, message, the row's text.
    static func insertStatement(_ table: QualifiedTableName) -> String {
        """
        INSERT INTO \(table.quoted) ("job", "operator", "reason", "message", "raw_value", "failed_at")
        VALUES ($1, $2, $3, $4, convert_to($5, 'UTF8'), clock_timestamp())
        """
    }
}
