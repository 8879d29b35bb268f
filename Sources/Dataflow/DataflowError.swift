package import Columnar

/// What an operator, a source or a sink reports to the runtime.
package struct DataflowError: MillraceError {
    /// What went wrong, as far as the runtime acts on it.
    package enum Code: String, Sendable {
        /// Options, tables or topics that do not fit what the job asks for.
        case invalidConfiguration
        /// A row that cannot be processed under the policy `fail`.
        case invalidData
        /// Too many rows were rejected.
        case limitExceeded
        /// A system failed in a way that may be due to one row, and does not say which.
        case rowUnknown
        /// A broker, database or disk that does not answer; the attempt may be repeated.
        case unavailable
        /// Another instance has taken over: this one must stop without doing anything more.
        case fenced
        /// Going on would break exactly-once; the message gives the command that goes on.
        case refused
        /// A bug.
        case `internal`
    }

    package var code: Code
    package var message: String
    package var context: ErrorContext
    package var cause: (any Error)?

    package init(
        _ code: Code, _ message: String, context: ErrorContext = ErrorContext(), cause: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.context = context
        self.cause = cause
    }

    package var origin: ErrorOrigin {
        switch code {
        case .invalidConfiguration, .invalidData, .limitExceeded, .rowUnknown, .refused: .user
        case .unavailable, .fenced: .external
        case .internal: .internal
        }
    }

    package var isRetriable: Bool { code == .unavailable }
}
