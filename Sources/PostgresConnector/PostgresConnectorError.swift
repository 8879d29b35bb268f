/// An error of the PostgreSQL connector.
///
/// `description` never holds credentials or values of rows; `String(reflecting:)` adds what the server said.
package struct PostgresConnectorError: Error, Sendable {
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
        /// An epoch holds more bytes than the redo log may.
        case epochTooLarge
        /// The redo log's bytes are not what was written.
        case redoUnreadable
        /// The bookkeeping row does not continue from where the caller stands.
        case lineageMismatch
        /// A rule of this code was broken.
        case internalError
    }

    /// Whose doing it is.
    package enum Fault: Sendable, Equatable {
        case user, external, internalFault
    }

    package let code: Code
    /// What happened and how to remedy it.
    package let message: String
    /// The server's state; nil where the server did not answer.
    package let sqlState: SQLState?
    /// Where: the table, or the server without credentials.
    package let context: String?
    /// The server's own words, which may quote values of rows.
    package let serverMessage: String?
    /// The error that led to this one.
    package let cause: (any Error)?

    package init(
        _ code: Code, _ message: String, sqlState: SQLState? = nil, context: String? = nil,
        serverMessage: String? = nil, cause: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.sqlState = sqlState
        self.context = context
        self.serverMessage = serverMessage
        self.cause = cause
    }

    /// Whose doing the error is.
    package var fault: Fault {
        switch code {
        case .configuration, .tableMismatch, .rowRefused, .epochTooLarge: return .user
        case .connectionFailed, .transactionConflict, .fenced, .inDoubt, .lineageMismatch, .redoUnreadable:
            return .external
        case .statementFailed: return isRetriable ? .external : .user
        case .internalError: return .internalFault
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

    /// The same error said with where it happened.
    package func within(_ context: String) -> PostgresConnectorError {
        PostgresConnectorError(
            code, message, sqlState: sqlState, context: context, serverMessage: serverMessage, cause: cause)
    }
}

extension PostgresConnectorError: CustomStringConvertible, CustomDebugStringConvertible {
    package var description: String {
        var text = message
        if let context { text = "\(context): \(text)" }
        if let sqlState { text += " (SQLSTATE \(sqlState))" }
        return text
    }

    package var debugDescription: String {
        var text = "PostgresConnectorError.\(code.rawValue): \(description)"
        if let serverMessage { text += "; the server said: \(serverMessage)" }
        if let cause { text += "; caused by: \(String(reflecting: cause))" }
        return text
    }
}
