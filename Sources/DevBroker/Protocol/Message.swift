package import NIOCore

/// A part of the Kafka protocol that is written and read field by field.
///
/// One method describes both directions, so that what is written can always be read back.
package protocol Message: Sendable {
    init()

    /// Hands every field that exists in `coder.version` to the coder, in wire order.
    mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError)
}

/// The body of a request.
package protocol RequestMessage: Message {
    associatedtype Response: Message

    static var api: ApiKey { get }
}

/// One direction of the wire format: `MessageReader` fills the values in, `MessageWriter` writes them out.
package protocol MessageCoder {
    /// The version of the request being coded.
    var version: Int16 { get }

    mutating func code(_ value: inout Bool) throws(DevBrokerError)
    mutating func code(_ value: inout Int8) throws(DevBrokerError)
    mutating func code(_ value: inout Int16) throws(DevBrokerError)
    mutating func code(_ value: inout Int32) throws(DevBrokerError)
    mutating func code(_ value: inout Int64) throws(DevBrokerError)
    mutating func code(_ value: inout String) throws(DevBrokerError)
    mutating func code(_ value: inout String?) throws(DevBrokerError)
    mutating func code(_ value: inout ByteBuffer) throws(DevBrokerError)
    mutating func code(_ value: inout ByteBuffer?) throws(DevBrokerError)
    /// Codes record batches, which are neither copied nor looked into.
    mutating func codeRecords(_ value: inout ByteBuffer?) throws(DevBrokerError)
    mutating func code<Element: Message>(_ value: inout [Element]) throws(DevBrokerError)
    mutating func code<Element: Message>(_ value: inout [Element]?) throws(DevBrokerError)
    /// Ends a structure: skips unknown tagged fields, writes none; nothing at all in versions without them.
    mutating func codeTaggedFields() throws(DevBrokerError)
}

extension MessageCoder {
    /// Reads or writes an error code.
    package mutating func code(_ value: inout ErrorCode) throws(DevBrokerError) {
        try code(&value.rawValue)
    }

    /// Reads or writes a topic id.
    package mutating func code(_ value: inout TopicId) throws(DevBrokerError) {
        var high = Int64(bitPattern: value.high)
        var low = Int64(bitPattern: value.low)
        try code(&high)
        try code(&low)
        value = TopicId(high: UInt64(bitPattern: high), low: UInt64(bitPattern: low))
    }
}

extension Int32: Message {
    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        try coder.code(&self)
    }
}

extension Int64: Message {
    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        try coder.code(&self)
    }
}

extension String: Message {
    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        try coder.code(&self)
    }
}

extension Int8: Message {
    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        try coder.code(&self)
    }
}
