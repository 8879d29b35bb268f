/// Well-formed UTF-8 by code points.
enum UTF8Text {
    @inline(__always)
    static func isContinuation(_ byte: UInt8) -> Bool { byte & 0xc0 == 0x80 }

    /// Whether all bytes are below 128.
    @inline(__always)
    static func isASCII(_ text: UnsafeRawBufferPointer) -> Bool {
        var bits: UInt64 = 0
        var position = 0
        while position &+ 8 <= text.count {
            bits |= text.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            position &+= 8
        }
        var rest: UInt8 = 0
        while position < text.count {
            rest |= text[position]
            position &+= 1
        }
        return bits & 0x8080_8080_8080_8080 == 0 && rest < 128
    }

    /// Code points in well-formed text.
    @inline(__always)
    static func count(_ text: UnsafeRawBufferPointer) -> Int {
        var continuations = 0
        for byte in text where isContinuation(byte) { continuations &+= 1 }
        return text.count &- continuations
    }

    /// The byte position of code point `index` (from 0), or the end.
    @inline(__always)
    static func position(_ text: UnsafeRawBufferPointer, ofCodePoint index: Int) -> Int {
        var position = 0
        var rest = index
        while position < text.count {
            if !isContinuation(text[position]) {
                if rest == 0 { return position }
                rest &-= 1
            }
            position &+= 1
        }
        return text.count
    }

    /// Bytes of the code point that begins with `byte`.
    @inline(__always)
    static func length(_ byte: UInt8) -> Int {
        byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4
    }

    static func isValid(_ text: UnsafeRawBufferPointer) -> Bool {
        if isASCII(text) { return true }
        return String(validating: text, as: UTF8.self) != nil
    }
}
