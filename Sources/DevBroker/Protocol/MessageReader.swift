package import NIOCore

/// Reads messages from a buffer; what it reads is checked against the bytes that are there.
package struct MessageReader: MessageCoder {
    package private(set) var buffer: ByteBuffer
    package let version: Int16
    package let isFlexible: Bool

    /// - Parameters:
    ///   - buffer: Starts with the first byte of the message.
    ///   - isFlexible: Whether lengths are compact and structures end with tagged fields.
    package init(_ buffer: ByteBuffer, version: Int16, isFlexible: Bool) {
        self.buffer = buffer
        self.version = version
        self.isFlexible = isFlexible
    }

    package mutating func code(_ value: inout Bool) throws(DevBrokerError) {
        value = try integer(Int8.self) != 0
    }

    package mutating func code(_ value: inout Int8) throws(DevBrokerError) { value = try integer() }

    package mutating func code(_ value: inout Int16) throws(DevBrokerError) { value = try integer() }

    package mutating func code(_ value: inout Int32) throws(DevBrokerError) { value = try integer() }

    package mutating func code(_ value: inout Int64) throws(DevBrokerError) { value = try integer() }

    package mutating func code(_ value: inout String) throws(DevBrokerError) {
        var optional: String?
        try code(&optional)
        value = optional ?? ""
    }

    package mutating func code(_ value: inout String?) throws(DevBrokerError) {
        guard let length = try isFlexible ? compactLength() : optionalLength(Int(integer(Int16.self))) else {
            value = nil
            return
        }
        guard let text = buffer.readString(length: length) else { throw .truncated(wanted: length, buffer) }
        value = text
    }

    package mutating func code(_ value: inout ByteBuffer) throws(DevBrokerError) {
        var optional: ByteBuffer?
        try code(&optional)
        value = optional ?? ByteBuffer()
    }

    package mutating func code(_ value: inout ByteBuffer?) throws(DevBrokerError) {
        guard let length = try isFlexible ? compactLength() : optionalLength(Int(integer(Int32.self))) else {
            value = nil
            return
        }
        guard let slice = buffer.readSlice(length: length) else { throw .truncated(wanted: length, buffer) }
        value = slice
    }

    package mutating func codeRecords(_ value: inout ByteBuffer?) throws(DevBrokerError) {
        try code(&value)
    }

    package mutating func code<Element: Message>(_ value: inout [Element]) throws(DevBrokerError) {
        var optional: [Element]?
        try code(&optional)
        value = optional ?? []
    }

    package mutating func code<Element: Message>(_ value: inout [Element]?) throws(DevBrokerError) {
        guard let count = try isFlexible ? compactLength() : optionalLength(Int(integer(Int32.self))) else {
            value = nil
            return
        }
        // Every element takes a byte at least, so a hostile count cannot make us reserve much.
        guard count <= buffer.readableBytes else { throw .truncated(wanted: count, buffer) }
        var elements: [Element] = []
        elements.reserveCapacity(count)
        for _ in 0..<count {
            var element = Element()
            try element.code(with: &self)
            elements.append(element)
        }
        value = elements
    }

    package mutating func codeTaggedFields() throws(DevBrokerError) {
        guard isFlexible else { return }
        var remaining = try unsignedVarint()
        while remaining > 0 {
            _ = try unsignedVarint()
            let length = Int(try unsignedVarint())
            guard length <= buffer.readableBytes else { throw .truncated(wanted: length, buffer) }
            buffer.moveReaderIndex(forwardBy: length)
            remaining -= 1
        }
    }

    private mutating func integer<Value: FixedWidthInteger>(
        _ type: Value.Type = Value.self
    ) throws(DevBrokerError) -> Value {
        guard let value = buffer.readInteger(as: type) else {
            throw .truncated(wanted: MemoryLayout<Value>.size, buffer)
        }
        return value
    }

    private func optionalLength(_ length: Int) throws(DevBrokerError) -> Int? {
        guard length >= -1 else { throw .malformed("a negative length, \(length)") }
        return length == -1 ? nil : length
    }

    private mutating func compactLength() throws(DevBrokerError) -> Int? {
        let length = try unsignedVarint()
        return length == 0 ? nil : Int(length - 1)
    }

    private mutating func unsignedVarint() throws(DevBrokerError) -> UInt32 {
        var result: UInt32 = 0
        var shift: UInt32 = 0
        while shift < 35 {
            let byte = try integer(UInt8.self)
            result |= UInt32(byte & 0x7f) << shift
            if byte < 0x80 { return result }
            shift += 7
        }
        throw .malformed("a variable-length integer of more than 5 bytes")
    }
}
