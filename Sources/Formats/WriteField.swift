package import Columnar

/// A column to be written into every message and where in it.
package struct WriteField: Hashable, Sendable {
    /// Names from the outermost object inwards. Formats without names ignore it.
    package var path: [String]
    /// Position in the schema of the batches.
    package var column: Int

    package init(path: [String], column: Int) {
        self.path = path
        self.column = column
    }

    /// One field for each of the schema's, in its order.
    package static func all(of schema: Schema) -> [WriteField] {
        schema.fields.enumerated().map { WriteField(path: [$1.name], column: $0) }
    }
}
