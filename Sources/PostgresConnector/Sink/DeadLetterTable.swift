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

    /// Adds one row.
    static func insertion(
        of row: RefusedRow, into table: QualifiedTableName, job: String
    ) -> PipelinedStatement {
        let origin = row.origin?.columns ?? DeadLetter.originColumns.map { _ in nil }
        return PipelinedStatement(
            """
            INSERT INTO \(table.quoted) ("job", "operator", "reason", "message", "topic", "partition", "offset", "timestamp",
                "raw_key", "raw_value", "headers", "failed_at")
            VALUES ($1, $2, $3, $4, $5, $6::int, $7::bigint, $8::timestamptz, decode($9, 'hex'),
                COALESCE(decode($10, 'hex'), convert_to($12, 'UTF8')), $11, clock_timestamp())
            """,
            [job, row.table, row.reason, row.message] + origin + [row.json.isEmpty ? nil : row.json])
    }
}
