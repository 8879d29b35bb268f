internal import Columnar
internal import Dataflow

/// The table that keeps refused rows, in the shape of `DeadLetter.schema`.
enum DeadLetterTable {
    /// Creates the table where it is missing.
    static func createStatement(_ table: QualifiedTableName) throws(PostgresConnectorError) -> String {
        var columns: [String] = []
        for field in DeadLetter.schema.fields {
            let required = field.isNullable ? "" : " NOT NULL"
            columns.append("\(try SQLIdentifier(field.name).quoted) \(TypeMapping.created(for: field.type))\(required)")
        }
        let schema = table.schema.map { "CREATE SCHEMA IF NOT EXISTS \($0.quoted); " } ?? ""
        return "\(schema)CREATE TABLE IF NOT EXISTS \(table.quoted) (\(columns.joined(separator: ", ")))"
    }

    /// Adds one row; parameters: job, table, reason, message, the row's text.
    static func insertStatement(_ table: QualifiedTableName) -> String {
        """
        INSERT INTO \(table.quoted) ("job", "operator", "reason", "message", "raw_value", "failed_at")
        VALUES ($1, $2, $3, $4, convert_to($5, 'UTF8'), clock_timestamp())
        """
    }
}
