/// A named, typed column of a schema.
@usableFromInline
package struct Field: Hashable, Sendable {
    @usableFromInline
    package var name: String
    @usableFromInline
    package var type: LogicalType
    @usableFromInline
    package var isNullable: Bool

    @usableFromInline
    package init(_ name: String, _ type: LogicalType, isNullable: Bool = true) {
        self.name = name
        self.type = type
        self.isNullable = isNullable
    }
}

/// The columns of a batch, in order. Names need not be unique: the binder addresses columns by position.
@usableFromInline
package struct Schema: Hashable, Sendable {
    @usableFromInline
    package var fields: [Field]

    @usableFromInline
    package init(_ fields: [Field]) {
        self.fields = fields
    }

    @usableFromInline
    package var count: Int { fields.count }

    /// The field of a column.
    @usableFromInline
    package subscript(index: Int) -> Field { fields[index] }

    /// The position of the first field of that name, letter case included.
    @usableFromInline
    package func index(of name: String) -> Int? {
        fields.firstIndex { $0.name == name }
    }
}

extension Schema: CustomStringConvertible {
    @usableFromInline
    package var description: String {
        let columns = fields.map { "\($0.name) \($0.type)\($0.isNullable ? "" : " NOT NULL")" }
        return "(\(columns.joined(separator: ", ")))"
    }
}
