package import Columnar

/// The named and typed shape of a state, written to every manifest so that a restore can tell what fits.
package struct StateDescriptor: Hashable, Sendable, Codable {
    /// A field, its type in SQL text.
    package struct StateField: Hashable, Sendable, Codable {
        package var name: String
        package var type: String
        package var isNullable: Bool

        package init(_ field: Field) {
            name = field.name
            type = field.type.description
            isNullable = field.isNullable
        }
    }

    /// Unique within its operator.
    package var name: String
    /// The layout of the bytes, with its version, for example `versioned-table/1`.
    package var layout: String
    package var keyFields: [StateField]
    package var valueFields: [StateField]

    package init(name: String, layout: String, keyFields: [Field], valueFields: [Field]) {
        self.name = name
        self.layout = layout
        self.keyFields = keyFields.map(StateField.init)
        self.valueFields = valueFields.map(StateField.init)
    }
}
