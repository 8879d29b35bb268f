/// What goes wrong with the HTTP service or a request to one.
package struct HTTPServiceError: Error, CustomStringConvertible, Sendable {
    /// What went wrong.
    package enum Code: String, Hashable, Sendable {
        /// The address cannot be listened on.
        case addressUnavailable
        /// Nobody answers there.
        case unreachable
        /// The answer was an error.
        case refused
        /// The answer is not one of this service.
        case unexpectedAnswer
    }

    /// Whose fault an error is.
    package enum Origin: String, Hashable, Sendable {
        case user, external
    }

    package var code: Code
    /// How to remedy it, too.
    package var message: String
    package var cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var description: String { message }

    package var origin: Origin {
        switch code {
        case .addressUnavailable, .refused: .user
        case .unreachable, .unexpectedAnswer: .external
        }
    }

    package var isRetriable: Bool { code == .unreachable }
}
