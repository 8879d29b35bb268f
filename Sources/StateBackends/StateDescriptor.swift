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

    static let rowBuffer = "row-buffer/1"
    static let rowBufferWithPlaces = "row-buffer/2"
    private static let rowBuffers = [rowBuffer, rowBufferWithPlaces]

    /// What keeps state that was saved as `saved` from being read as this one, in words; nil where nothing does.
    package func change(from saved: StateDescriptor) -> String? {
        var saved = saved
        // A buffer of either kind reads both.
        if Self.rowBuffers.contains(layout) && Self.rowBuffers.contains(saved.layout) { saved.layout = layout }
        if self == saved { return nil }
        if layout != saved.layout { return "its layout was \(saved.layout) and is \(layout)" }
        let before = saved.keyFields + saved.valueFields
        let now = keyFields + valueFields
        for (old, new) in zip(before, now) where old != new { return "\(old.text) has become \(new.text)" }
        if let added = now.dropFirst(before.count).first { return "\(added.text) is new" }
        if let lost = before.dropFirst(now.count).first { return "\(lost.text) is no longer there" }
        return "a field has become part of the key, or is no longer"
    }
}

extension StateDescriptor.StateField {
    fileprivate var text: String { "\(name) \(type)\(isNullable ? "" : " NOT NULL")" }
}
