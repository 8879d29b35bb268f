package import Columnar

/// A format that cannot be set up as it was declared.
package struct FormatsError: MillraceError {
    /// What went wrong.
    package enum Code: String, Sendable {
        case unknownFormat
        case unknownOption
        case invalidOptionValue
        case unsupportedOption
        case invalidFields
    }

    package var code: Code
    package var message: String
    package var context: ErrorContext

    package init(_ code: Code, _ message: String, context: ErrorContext = ErrorContext()) {
        self.code = code
        self.message = message
        self.context = context
    }

    package var origin: ErrorOrigin { .user }
    package var isRetriable: Bool { false }
}
