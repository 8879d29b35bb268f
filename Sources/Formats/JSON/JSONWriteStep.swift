internal import Columnar

/// One value of a message and what stands before it.
struct JSONWriteStep {
    /// The bytes before the value: comma, braces, quoted names and colon. Readable up to the next multiple of 16.
    var literal: UnsafePointer<UInt8>
    var literalByteCount: Int
    var kind: JSONFieldKind
    var scale: Int
    var column: Int

    /// Of the batch that is being written.
    var storage: UnsafeMutableRawPointer
    var validity: UnsafeMutablePointer<UInt64>
    var arenaBase: UnsafePointer<UInt8>
    var isAllValid: Bool
}

/// An object or value of a message, for messages without nulls.
struct JSONWriteElement {
    enum Kind: UInt8 {
        /// `literal` opens the object.
        case open
        case value
        case close
    }

    var kind: Kind
    /// Quoted name and colon, and a brace for an object.
    var literal: UnsafePointer<UInt8>
    var literalByteCount: Int
    /// The step of a value; the first step inside an object.
    var step: Int
    /// For an object: after its last step, and after its closing element.
    var endStep: Int
    var endElement: Int
}
