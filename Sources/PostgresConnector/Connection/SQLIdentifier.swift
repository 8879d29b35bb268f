/// A name in SQL text. Every name that reaches a statement goes through `quoted`.
package struct SQLIdentifier: Sendable, Hashable {
    /// The name as the catalog holds it.
    package let name: String

    /// - Throws: `.configuration` for an empty name, one with a NUL byte or one longer than the server keeps (63 bytes).
    package init(_ name: String) throws(PostgresConnectorError) {
        guard !name.isEmpty else {
            throw PostgresConnectorError(.configuration, "a name of a table or column is empty")
        }
        guard !name.utf8.contains(0) else {
            throw PostgresConnectorError(.configuration, "a name of a table or column holds a NUL byte")
        }
        guard name.utf8.count <= 63 else {
            throw PostgresConnectorError(
                .configuration, "the name '\(name)' has \(name.utf8.count) bytes; PostgreSQL keeps at most 63")
        }
        self.name = name
    }

    /// The name between double quotes, with quotes inside doubled.
    package var quoted: String {
        var text = "\""
        for character in name.unicodeScalars {
            if character == "\"" { text += "\"\"" } else { text.unicodeScalars.append(character) }
        }
        return text + "\""
    }

    /// The text between single quotes for a statement that takes no parameters.
    package static func quoteLiteral(_ text: String) -> String {
        var out = text.contains("\\") ? " E'" : "'"
        for character in text.unicodeScalars where character != "\0" {
            switch character {
            case "'": out += "''"
            case "\\": out += "\\\\"
            default: out.unicodeScalars.append(character)
            }
        }
        return out + "'"
    }
}

/// A table's name with its schema where one was given.
package struct QualifiedTableName: Sendable, Hashable, CustomStringConvertible {
    /// Nil: found through the session's search path.
    package let schema: SQLIdentifier?
    package let table: SQLIdentifier

    package init(schema: SQLIdentifier?, table: SQLIdentifier) {
        self.schema = schema
        self.table = table
    }

    /// Reads `table`, `schema.table`, `"Quoted"."name.with.dots"`. Names keep their case.
    package init(parsing text: String) throws(PostgresConnectorError) {
        var parts: [String] = []
        var current = ""
        var isQuoted = false
        var rest = text[...]
        while let character = rest.popFirst() {
            switch character {
            case "\"" where isQuoted && rest.first == "\"":
                rest.removeFirst()
                current.append("\"")
            case "\"":
                isQuoted.toggle()
            case "." where !isQuoted:
                parts.append(current)
                current = ""
            default:
                current.append(character)
            }
        }
        parts.append(current)
        guard !isQuoted, parts.count <= 2 else {
            throw PostgresConnectorError(
                .configuration, "the table name '\(text)' is not of the form table or schema.table")
        }
        schema = parts.count == 2 ? try SQLIdentifier(parts[0]) : nil
        table = try SQLIdentifier(parts[parts.count - 1])
    }

    /// The name as it stands in a statement.
    package var quoted: String {
        guard let schema else { return table.quoted }
        return "\(schema.quoted).\(table.quoted)"
    }

    package var description: String {
        guard let schema else { return table.name }
        return "\(schema.name).\(table.name)"
    }
}
