internal import NIOCore

/// What goes back over a connection for one request.
enum WireAnswer {
    /// The answer, as a chain of buffers without the length before it.
    case frame([ByteBuffer])
    /// The answer, after which the connection is not read from for some time.
    case throttled([ByteBuffer], milliseconds: Int64)
    /// Bytes as they are; nothing more is said afterwards.
    case last(ByteBuffer, closes: Bool)
    /// The answer comes later, if ever.
    case later
    /// The client wants no answer.
    case nothing
    /// The connection is closed.
    case close
}
