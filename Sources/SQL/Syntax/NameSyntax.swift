/// A name as written, without its backquotes.
package struct NameSyntax: Hashable, Sendable {
    package let text: String
    package let range: SourceRange
}

extension NameSyntax: CustomStringConvertible {
    /// As SQL, in backquotes where it could not stand without.
    package var description: String {
        let isPlain =
            text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                    true
                default: false
                }
            } && !(text.first?.isNumber ?? true)
        guard isPlain, Keyword(word: text) == nil else {
            return "`" + text.replacing("`", with: "``") + "`"
        }
        return text
    }
}

/// A name of one or more parts, `catalog.database.table` or `table.column.field`.
package struct PathSyntax: Hashable, Sendable {
    /// At least one.
    package let parts: [NameSyntax]

    package var range: SourceRange { parts[0].range.through(parts[parts.count - 1].range) }
    package var last: NameSyntax { parts[parts.count - 1] }
}

extension PathSyntax: CustomStringConvertible {
    package var description: String { parts.map(\.description).joined(separator: ".") }
}
