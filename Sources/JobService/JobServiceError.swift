package import Columnar

/// Why the service does not run a job, and with which status its process ends.
package struct JobServiceError: MillraceError {
    /// The exit statuses that the README documents.
    package enum ExitStatus: Int32, Sendable, CaseIterable {
        /// A bug: an error that no other status names.
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
        /// Asked to stop, and ended without the last checkpoint: it took too long, or a second SIGINT came. Nothing is lost.
        case cutShort = 8

        /// In a few words, as `millrace run --help` and the README have it.
        package var meaning: String {
            switch self {
            case .failed: "internal error"
            case .invalidInput: "wrong SQL or configuration"
            case .refused: "refused (see the message)"
            case .unavailable: "a system stayed away"
            case .fenced: "another instance runs the job"
            case .invalidData: "a record broke a rule under the policy 'fail'"
            case .memoryLimit: "the job needs more memory than it may have"
            case .cutShort: "stopped without its last checkpoint"
            }
        }

        /// All of them in one sentence, those among them that are no error's.
        package static var summary: String {
            (["0 finished or stopped"] + allCases.map { "\($0.rawValue) \($0.meaning)" } + ["64 a wrong command line"])
                .joined(separator: ", ")
        }
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
        case .failed, .cutShort: .internal
        }
    }

    package var isRetriable: Bool { status == .unavailable }
}
