/// A type as written in DDL or CAST.
package struct TypeSyntax: Hashable, Sendable {
    /// A field of a ROW type.
    package struct Field: Hashable, Sendable {
        package let name: NameSyntax
        package let type: TypeSyntax
    }

    /// What a type is, with its parts.
    package indirect enum Kind: Hashable, Sendable {
        /// A type of one or more words, upper case, with its numbers: `DECIMAL(10, 2)`, `TIMESTAMP(3) WITH LOCAL TIME
        /// ZONE` is `TIMESTAMP_LTZ` with `[3]`.
        case simple(name: String, arguments: [Int])
        case row([Field])
        /// ARRAY, MAP and MULTISET.
        case collection(name: String, elements: [TypeSyntax])
    }

    package let kind: Kind
    /// Whether NOT NULL follows.
    package let isNotNull: Bool
    package let range: SourceRange
}

extension TypeSyntax: CustomStringConvertible {
    package var description: String {
        let type =
            switch kind {
            case .simple(let name, let arguments) where arguments.isEmpty: name
            case .simple(let name, let arguments): "\(name)(\(arguments.map(String.init).joined(separator: ", ")))"
            case .row(let fields): "ROW<\(fields.map { "\($0.name) \($0.type)" }.joined(separator: ", "))>"
            case .collection(let name, let elements): "\(name)<\(elements.map(\.description).joined(separator: ", "))>"
            }
        return isNotNull ? type + " NOT NULL" : type
    }
}
