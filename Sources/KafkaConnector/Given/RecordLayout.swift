package import Dataflow
package import Formats

extension KafkaConnector {
    /// How the records of a table are laid out.
    package func recordLayout(_ table: TableDefinition) throws -> RecordLayout {
        try translatingErrors { RecordLayout(table, try options(table)) }
    }
}

/// Which columns a table's records hold in their keys and which in their values, for those who make such records from named values.
package struct RecordLayout: Sendable {
    /// A column of the key: where it stands among the columns, and where in the key.
    package struct KeyField: Hashable, Sendable {
        package var path: [String]
        package var keyPath: [String]
    }

    package let isUpsert: Bool
    /// Nil where the table does not read keys.
    package let keyFormat: Format?
    package let valueFormat: Format
    package let keyFields: [KeyField]
    /// Whether the columns of the key stand in the value as well.
    package let isKeyInValue: Bool

    init(_ table: TableDefinition, _ options: KafkaOptions) {
        isUpsert = options.isUpsert
        keyFormat = options.keyFormat
        valueFormat = options.valueFormat
        isKeyInValue = options.isKeyInValue
        keyFields = options.keyColumns.map { index in
            let field = table.fields[index]
            guard case .payload(let path) = field.origin else {
                return KeyField(path: [field.name], keyPath: [field.name])
            }
            return KeyField(path: path, keyPath: options.keyPath(field))
        }
    }
}
