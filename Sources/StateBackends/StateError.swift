package import Columnar

/// What goes wrong with state: a snapshot that cannot be read, or a shape that does not fit.
package struct StateError: MillraceError {
    /// What went wrong.
    package enum Code: String, Sendable {
        /// Bytes that no snapshot has.
        case corrupted
        /// The job's state has another shape than the checkpoint's.
        case descriptorMismatch
        /// A limit was reached.
        case limitExceeded
    }

    package var code: Code
    package var message: String
    package var context: ErrorContext

    package init(_ code: Code, _ message: String, context: ErrorContext = ErrorContext()) {
        self.code = code
        self.message = message
        self.context = context
    }

    package var origin: ErrorOrigin {
        switch code {
        case .corrupted: .external
        case .descriptorMismatch, .limitExceeded: .user
        }
    }

    package var isRetriable: Bool { false }
}
