/// Everything that is wrong with a SQL file, in the order of the text.
package struct SQLErrors: Error, Hashable, Sendable {
    /// At least one.
    package let errors: [SQLError]

    /// - Precondition: `errors` is not empty.
    package init(_ errors: [SQLError]) {
        precondition(!errors.isEmpty, "SQLErrors without an error")
        self.errors = errors.sorted { ($0.location.line, $0.location.column) < ($1.location.line, $1.location.column) }
    }
}

extension SQLErrors: CustomStringConvertible {
    /// All errors with their carets, one empty line between two.
    package var description: String {
        errors.map(\.description).joined(separator: "\n\n")
    }
}
