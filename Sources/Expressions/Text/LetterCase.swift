internal import Columnar

/// Upper and lower case by Unicode; ASCII without a detour.
enum LetterCase {
    static func upper(_ text: UnsafeRawBufferPointer, _ arena: ArenaWriter) -> ByteSlice {
        if UTF8Text.isASCII(text) { return ascii(text, arena, from: 97, to: 122) }
        return append(String(decoding: text, as: UTF8.self).uppercased(), arena)
    }

    static func lower(_ text: UnsafeRawBufferPointer, _ arena: ArenaWriter) -> ByteSlice {
        if UTF8Text.isASCII(text) { return ascii(text, arena, from: 65, to: 90) }
        return append(String(decoding: text, as: UTF8.self).lowercased(), arena)
    }

    /// The first letter of each run of letters and digits in upper case, the others in lower case.
    static func words(_ text: UnsafeRawBufferPointer, _ arena: ArenaWriter) -> ByteSlice {
        var result = String.UnicodeScalarView()
        var isInside = false
        for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
            let properties = scalar.properties
            let isWord = properties.isAlphabetic || properties.numericType != nil
            let mapped = isInside ? properties.lowercaseMapping : properties.titlecaseMapping
            result.append(contentsOf: isWord ? mapped.unicodeScalars : String(scalar).unicodeScalars)
            isInside = isWord
        }
        return append(String(result), arena)
    }

    /// Flips the case bit of the letters from `first` to `last`.
    @inline(__always)
    private static func ascii(
        _ text: UnsafeRawBufferPointer, _ arena: ArenaWriter, from first: UInt8, to last: UInt8
    ) -> ByteSlice {
        let target = arena.reserve(text.count)
        for position in 0..<text.count {
            let byte = text[position]
            target[position] = byte ^ (byte >= first && byte <= last ? 0x20 : 0)
        }
        return arena.commit(text.count)
    }

    private static func append(_ text: String, _ arena: ArenaWriter) -> ByteSlice {
        var text = text
        return text.withUTF8 { bytes in
            guard let base = bytes.baseAddress else { return arena.commit(0) }
            return arena.append(base, bytes.count)
        }
    }
}
