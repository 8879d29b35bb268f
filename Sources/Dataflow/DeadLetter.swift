package import Columnar

/// Records and rows that could not be processed, in the shape in which they are kept.
package enum DeadLetter {
    /// One row per rejected record.
    package static let schema = Schema([
        Field("job", .string, isNullable: false),
        Field("operator", .string, isNullable: false),
        /// A stable code, for example `json.type-mismatch`.
        Field("reason", .string, isNullable: false),
        Field("message", .string, isNullable: false),
        Field("topic", .string),
        Field("partition", .int),
        Field("offset", .bigint),
        Field("timestamp", .timestampLTZ(precision: 3)),
        Field("raw_key", .bytes),
        Field("raw_value", .bytes),
        /// JSON: an array of `{"key": text, "value": base64}`.
        Field("headers", .string),
        Field("failed_at", .timestampLTZ(precision: 3), isNullable: false),
    ])

    /// The column of the time at which a record was refused, another one each time.
    package static let failureTimeColumn = 11

    /// Whether rows of `other` are letters.
    package static func isSchema(_ other: Schema) -> Bool {
        other.fields.map(\.name) == schema.fields.map(\.name)
    }

    /// The columns of `schema` that say which record it was: the schema of `RecordBatch.origins`.
    package static let originColumns = 4...10
    /// The position of the reason; its message follows.
    package static let reasonColumn = 2
    package static let originSchema = Schema(Array(schema.fields[originColumns]))
    /// The first columns of `originSchema` say where the record is and when it was written: all that is known of rows that have waited.
    package static let placeColumnCount = 4
    /// Positions in `originSchema`.
    package static let originTopic = 0
    package static let originPartition = 1
    package static let originOffset = 2
    package static let originRawValue = 5
}
