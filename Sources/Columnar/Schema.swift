/// A named, typed column of a schema.
package struct Field: Hashable, Sendable {
    package var name: String
    package var type: LogicalType
    package var isNullable: Bool

    package init(_ name: String, _ type: LogicalType, isNullable: Bool = true) {
        self.name = name
        self.type = type
        self.isNullable = isNullable
    }
}

/// The columns of a batch, in order. Names need not be unique: the binder addresses columns by position.
package struct Schema: Hashable, Sendable {
    package var fields: [Field]

    package init(_ fields: [Field]) {
        self.fields = fields
    }

    package var count: Int { fields.count }

    package subscript(index: Int) -> Field { fields[index] }

    /// The position of the first field of that name, letter case included.
    package func index(of name: String) -> Int? {
        fields.firstIndex { $0.name == name }
    }
}

extension Schema: CustomStringConvertible {
    package var description: String {
        let columns = fields.map { "\($0.name) \($0.type)\($0.isNullable ? "" : " NOT NULL")" }
        return "(\(columns.joined(separator: ", ")))"
    }
}
