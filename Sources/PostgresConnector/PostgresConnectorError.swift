package import Columnar

/// An error of the PostgreSQL connector.
///
/// `description` never holds credentials or values of rows; `String(reflecting:)` adds what the server said.
package struct PostgresConnectorError: MillraceError {
    /// What went wrong.
    package enum Code: String, Sendable, Equatable {
        /// An option or a url is wrong.
        case configuration
        /// The table does not fit the query.
        case tableMismatch
        /// No connection could be made, or it was lost outside a commit.
        case connectionFailed
        /// The server refused a statement.
        case statementFailed
        /// A deadlock or serialisation failure: the transaction can be run again.
        case transactionConflict
        /// Another instance owns the job's bookkeeping row.
        case fenced
        /// A commit was sent and its outcome is unknown: fence, then read the bookkeeping row.
        case inDoubt
        /// A row was refused by the server, or found unfit before it was sent.
        case rowRefused
        /// More rows were refused than the table's options allow.
        case tooManyRefused
        /// An epoch holds more bytes than the redo log may.
        case epochTooLarge
        /// The redo log's bytes are not what was written.
        case redoUnreadable
        /// The bookkeeping row does not continue from where the caller stands.
        case lineageMismatch
        /// A rule of this code was broken.
        case internalError
    }

    package let code: Code
    /// What happened and how to remedy it.
    package let message: String
    /// The server's state; nil where the server did not answer.
    package let sqlState: SQLState?
    /// Where in the database: the table, or the server without credentials.
    package let place: String?
    /// Where in the job.
    package var context = ErrorContext()
    /// The server's own words, which may quote values of rows.
    package let serverMessage: String?
    /// The error that led to this one.
    package let cause: (any Error)?

    package init(
        _ code: Code, _ message: String, sqlState: SQLState? = nil, place: String? = nil,
        serverMessage: String? = nil, cause: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.sqlState = sqlState
        self.place = place
        self.serverMessage = serverMessage
        self.cause = cause
    }

    /// Whose doing the error is.
    package var origin: ErrorOrigin {
        switch code {
        case .configuration, .tableMismatch, .rowRefused, .tooManyRefused, .epochTooLarge: return .user
        case .connectionFailed, .transactionConflict, .fenced, .inDoubt, .lineageMismatch, .redoUnreadable:
            return .external
        case .statementFailed: return isRetriable ? .external : .user
        case .internalError: return .internal
        }
    }

    /// Whether doing the same again later can succeed.
    package var isRetriable: Bool {
        switch code {
        case .connectionFailed:
            return sqlState.map { $0.reaction == .retry } ?? true
        case .transactionConflict: return true
        case .statementFailed: return sqlState?.reaction == .retry
        default: return false
        }
    }

    /// The same error said with the table or server where it happened.
    package func at(_ place: String) -> PostgresConnectorError {
        var error = PostgresConnectorError(
            code, message, sqlState: sqlState, place: place, serverMessage: serverMessage, cause: cause)
        error.context = context
        return error
    }
}

extension PostgresConnectorError {
    /// What a step throws whose server has gone away.
    static var atFailpoint: PostgresConnectorError {
        PostgresConnectorError(.connectionFailed, "the step was made to fail (MILLRACE_FAILPOINTS)")
    }

    /// What a commit throws whose answer is missing.
    static var inDoubtAtFailpoint: PostgresConnectorError {
        PostgresConnectorError(.inDoubt, "the commit's answer was made to be missing (MILLRACE_FAILPOINTS)")
    }
}

extension PostgresConnectorError: CustomDebugStringConvertible {
    package var description: String {
        var text = message
        if let place { text = "\(place): \(text)" }
        if let sqlState { text += " (SQLSTATE \(sqlState))" }
        if !context.description.isEmpty { text += " [\(context)]" }
        return text
    }

    package var debugDescription: String {
        var text = "PostgresConnectorError.\(code.rawValue): \(description)"
        if let serverMessage { text += "; the server said: \(serverMessage)" }
        if let cause { text += "; caused by: \(String(reflecting: cause))" }
        return text
    }
}
