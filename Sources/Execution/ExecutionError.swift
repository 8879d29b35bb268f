package import Columnar

/// What goes wrong between the parts of a job: graphs that cannot run, subtasks that fail, checkpoints that do not come
/// about.
package struct ExecutionError: MillraceError {
    /// What went wrong.
    package enum Code: String, Sendable {
        /// The job graph breaks a rule: a bug of the planner.
        case invalidGraph
        /// A source, operator or sink threw; `cause` is what it threw.
        case subtaskFailed
        /// State that cannot be put back.
        case restoreFailed
        /// State that is larger than the memory that the process may have.
        case stateTooLarge
        /// A checkpoint was asked for at the wrong time, or ended by a stop or a failure.
        case checkpointAborted
        /// The operating system gave no thread.
        case noThread
    }

    package var code: Code
    package var message: String
    package var context: ErrorContext
    package var cause: (any Error)?

    package init(_ code: Code, _ message: String, context: ErrorContext = ErrorContext(), cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.context = context
        self.cause = cause
    }

    package var origin: ErrorOrigin {
        if let cause = cause as? any MillraceError { return cause.origin }
        switch code {
        case .invalidGraph, .subtaskFailed, .checkpointAborted: return .internal
        case .restoreFailed, .stateTooLarge: return .user
        case .noThread: return .external
        }
    }

    package var isRetriable: Bool {
        if let cause = cause as? any MillraceError { return cause.isRetriable }
        return code == .checkpointAborted
    }

    /// What a part of the job threw, with the place where it did.
    static func subtask(_ error: any Error, _ context: ErrorContext) -> ExecutionError {
        guard let cause = error as? any MillraceError else {
            return ExecutionError(.subtaskFailed, "\(error)", context: context, cause: error)
        }
        var merged = cause.context
        merged.job = merged.job ?? context.job
        merged.operatorName = merged.operatorName ?? context.operatorName
        merged.subtask = merged.subtask ?? context.subtask
        return ExecutionError(.subtaskFailed, cause.message, context: merged, cause: cause)
    }
}
