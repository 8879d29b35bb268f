import DevBroker
import NIOCore

/// A coder that, instead of reading bytes, fills every field with a value of its own, so that no two fields can be
/// mistaken for each other.
struct Filler: MessageCoder {
    let version: Int16
    /// Strings that are optional are so in the last version for sure.
    private let mayBeNil: Bool
    private var next: Int64 = 1
    private var depth = 0

    static func filled<Value: Message>(_ type: Value.Type, _ api: ApiKey, version: Int16) throws -> Value {
        var filler = Filler(version: version, mayBeNil: version == api.versions.upperBound)
        var value = Value()
        try value.code(with: &filler)
        return value
    }

    private init(version: Int16, mayBeNil: Bool) {
        self.version = version
        self.mayBeNil = mayBeNil
    }

    private mutating func number() -> Int64 {
        next += 1
        return next
    }

    mutating func code(_ value: inout Bool) { value = number() % 2 == 0 }
    mutating func code(_ value: inout Int8) { value = Int8(truncatingIfNeeded: number()) }
    mutating func code(_ value: inout Int16) { value = Int16(truncatingIfNeeded: number() * 31) }
    mutating func code(_ value: inout Int32) { value = Int32(truncatingIfNeeded: number() * 65_599) }
    mutating func code(_ value: inout Int64) { value = number() &* 6_364_136_223_846_793_005 }
    mutating func code(_ value: inout String) { value = String(repeating: "ä", count: Int(number() % 90)) }
    mutating func code(_ value: inout String?) { value = mayBeNil && number() % 3 == 0 ? nil : "text \(number())" }
    mutating func code(_ value: inout ByteBuffer) { value = ByteBuffer(string: "bytes \(number())") }
    mutating func code(_ value: inout ByteBuffer?) { value = number() % 3 == 0 ? nil : ByteBuffer(string: "\(next)") }
    mutating func codeRecords(_ value: inout ByteBuffer?) {
        value = ByteBuffer(repeating: 7, count: number() % 2 == 0 ? 10 : 200)
    }

    mutating func code<Element: Message>(_ value: inout [Element]) throws(DevBrokerError) {
        depth += 1
        defer { depth -= 1 }
        value = []
        for _ in 0..<(depth > 2 ? 1 : 2) {
            var element = Element()
            try element.code(with: &self)
            value.append(element)
        }
    }

    mutating func code<Element: Message>(_ value: inout [Element]?) throws(DevBrokerError) {
        var elements: [Element] = []
        try code(&elements)
        value = elements
    }

    mutating func codeTaggedFields() {}
}
