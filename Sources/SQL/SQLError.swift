package import Columnar

/// One thing that is wrong with a SQL file: always the author's to mend, never worth a retry.
package struct SQLError: MillraceError, Hashable {
    /// What kind of mistake it is.
    package enum Code: String, Hashable, Sendable {
        /// The text breaks the grammar.
        case syntax
        /// `${NAME}` names a variable that the environment does not have.
        case undefinedVariable
        /// Flink has it, Millrace does not have it yet.
        case unsupported
        /// A table, column, function, field or setting that does not exist.
        case unknownName
        /// A column that two tables of the query have.
        case ambiguousName
        /// Two things of one name.
        case duplicateName
        /// Types that do not fit each other, or a function called with the wrong ones.
        case typeMismatch
        /// A constant expression that cannot be computed, such as a division by zero.
        case invalidConstant
        /// A WITH option, hint or setting that the connector or the service refuses.
        case invalidOption
        /// Time attributes, versioned tables and joins that do not make sense together.
        case invalidJoin
        /// A changelog that the sink cannot take.
        case changelog
        /// A table definition that contradicts itself.
        case invalidTable
        /// A file that does nothing.
        case emptyJob
    }

    package let code: Code
    /// What is wrong and, where it can be said in a sentence, how to remedy it.
    package let message: String
    /// Where it is in the file as the author wrote it.
    package let location: SourceLocation
    /// The source line of `location`, without its line end.
    package let excerpt: String
    /// The characters that the caret underlines, at least one.
    package let width: Int
    /// What would have been accepted, or the nearest known name; printed under the caret.
    package let hint: String?

    package var origin: ErrorOrigin { .user }
    package var isRetriable: Bool { false }
    /// Empty: `location` says where.
    package var context: ErrorContext { ErrorContext() }
}

extension SQLError: CustomStringConvertible {
    /// The message with file, line and column, the source line and a caret under the place; no trailing line end.
    package var description: String {
        let number = String(location.line)
        let gutter = String(repeating: " ", count: number.count)
        // Tabs stay tabs, so that the caret stands under its character whatever the terminal's tab width is.
        let indent = String(excerpt.prefix(location.column - 1).map { $0 == "\t" ? "\t" : " " })
        var text = "\(location): error: \(message)\n"
        text += " \(number) | \(excerpt)\n"
        text += " \(gutter) | \(indent)\(String(repeating: "^", count: width))"
        if let hint {
            text += "\n \(gutter) = \(hint)"
        }
        return text
    }
}
