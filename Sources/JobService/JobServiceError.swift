package import Columnar

/// Why the service does not run a job, and with which status its process ends.
package struct JobServiceError: MillraceError {
    /// The exit statuses that the README documents.
    package enum ExitStatus: Int32, Sendable, CaseIterable {
        /// A bug, or an error that no other status names.
        case failed = 1
        /// Configuration, SQL or options that are wrong: nothing was read or written.
        case invalidInput = 2
        /// Going on could lose or double rows; the message gives the command that goes on.
        case refused = 3
        /// A broker, database or disk stayed away for the whole restart budget.
        case unavailable = 4
        /// Another instance runs the job.
        case fenced = 5
        /// A record or row broke a rule under the policy `fail`.
        case invalidData = 6
        /// The job needs more memory than it may have; the last checkpoint is whole.
        case memoryLimit = 7
    }

    package var status: ExitStatus
    package var message: String
    package var context: ErrorContext
    package var cause: (any Error)?

    package init(
        _ status: ExitStatus, _ message: String, context: ErrorContext = ErrorContext(), cause: (any Error)? = nil
    ) {
        self.status = status
        self.message = message
        self.context = context
        self.cause = cause
    }

    package var origin: ErrorOrigin {
        switch status {
        case .invalidInput, .refused, .invalidData, .memoryLimit: .user
        case .unavailable, .fenced: .external
        case .failed: .internal
        }
    }

    package var isRetriable: Bool { status == .unavailable }
}
