package import Columnar

/// A value to be taken out of every record and the column it goes to.
package struct ScanField: Hashable, Sendable {
    /// Names from the outermost object inwards; one name for a plain field. Formats without names ignore it.
    package var path: [String]
    package var type: LogicalType
    package var isNullable: Bool
    /// Position in the schema of the `BatchBuilder` that rows are decoded into.
    package var column: Int

    package init(path: [String], type: LogicalType, isNullable: Bool = true, column: Int) {
        self.path = path
        self.type = type
        self.isNullable = isNullable
        self.column = column
    }

    /// One field for each of the schema's, at the same position.
    package static func all(of schema: Schema) -> [ScanField] {
        schema.fields.enumerated().map { index, field in
            ScanField(path: [field.name], type: field.type, isNullable: field.isNullable, column: index)
        }
    }
}
