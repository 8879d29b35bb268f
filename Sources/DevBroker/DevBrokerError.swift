internal import NIOCore

/// Why the broker could not do something; what a client did wrong is answered by an `ErrorCode` instead.
package struct DevBrokerError: Error, CustomStringConvertible, Sendable {
    /// The kind of error.
    package enum Code: Sendable {
        /// Bytes that do not follow the protocol.
        case malformedMessage
        /// A file or directory could not be used.
        case storage
        /// A file's content is not what was written.
        case corruptStorage
        /// An option that cannot be used.
        case configuration
        /// The address could not be bound or the broker is stopped.
        case server
        /// A client without the TLS or the login that the broker wants.
        case refused
    }

    /// Who has to act.
    package enum Fault: Sendable {
        case user
        case external
        case `internal`
    }

    package var code: Code
    /// What happened, and how to remedy it.
    package var message: String
    /// The topic-partition, file or address concerned.
    package var context: String?
    package var cause: (any Error)?

    package init(_ code: Code, _ message: String, context: String? = nil, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.context = context
        self.cause = cause
    }

    /// Whose fault it is.
    package var fault: Fault {
        switch code {
        case .configuration: .user
        case .malformedMessage, .storage, .server, .refused: .external
        case .corruptStorage: .internal
        }
    }

    /// Whether doing the same again may succeed.
    package var isRetriable: Bool { code == .storage || code == .server }

    package var description: String {
        var text = message
        if let context { text += " (\(context))" }
        if let cause { text += ": \(cause)" }
        return text
    }

    static func malformed(_ what: String) -> DevBrokerError {
        DevBrokerError(.malformedMessage, "the message holds \(what)")
    }

    static func refused(_ why: String) -> DevBrokerError {
        DevBrokerError(.refused, why)
    }

    static func truncated(wanted: Int, _ buffer: ByteBuffer) -> DevBrokerError {
        malformed("\(buffer.readableBytes) bytes where \(wanted) are needed")
    }
}
