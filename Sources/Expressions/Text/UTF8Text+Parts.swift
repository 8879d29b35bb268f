/// Parts of well-formed UTF-8, as byte ranges; numbers count code points from 1.
extension UTF8Text {
    /// The code point at the start; 0 for none.
    static func first(_ text: UnsafeRawBufferPointer) -> UInt32 {
        guard text.count > 0 else { return 0 }
        return scalar(text, 0)
    }

    /// The code point whose first byte is at `position`.
    @inline(__always)
    static func scalar(_ text: UnsafeRawBufferPointer, _ position: Int) -> UInt32 {
        let byte = text[position]
        let length = length(byte)
        if length == 1 { return UInt32(byte) }
        var value = UInt32(byte) & (0xff >> UInt32(length &+ 1))
        for offset in 1..<length where position &+ offset < text.count {
            value = value << 6 | UInt32(text[position &+ offset] & 0x3f)
        }
        return value
    }

    /// `count` code points from `start` on: a negative start counts from the end, 0 is 1; empty where the start is outside.
    static func substring(_ text: UnsafeRawBufferPointer, from start: Int64, count: Int64) -> Range<Int> {
        if isASCII(text) { return substringASCII(text.count, from: start, count: count) }
        let total = self.count(text)
        let characters = substringASCII(total, from: start, count: count)
        let lower = position(text, ofCodePoint: characters.lowerBound)
        let rest = UnsafeRawBufferPointer(rebasing: text[lower...])
        return lower..<lower &+ position(rest, ofCodePoint: characters.count)
    }

    @inline(__always)
    private static func substringASCII(_ total: Int, from start: Int64, count: Int64) -> Range<Int> {
        var first = start
        if start > 0 {
            first = start - 1
        } else if start < 0 {
            first = Int64(total) &+ start
        }
        guard first >= 0, first < total else { return 0..<0 }
        return Int(first)..<Int(first) &+ Int(Swift.min(Int64(total) &- first, count))
    }

    /// The last `number` code points; all where there are fewer.
    static func last(_ text: UnsafeRawBufferPointer, _ number: Int64) -> Range<Int> {
        if number <= 0 { return 0..<0 }
        let total = count(text)
        if number >= total { return 0..<text.count }
        return position(text, ofCodePoint: total - Int(number))..<text.count
    }

    /// The position of `needle` in code points, at or behind code point `start`; 0 where it is not there.
    static func position(_ needle: UnsafeRawBufferPointer, in text: UnsafeRawBufferPointer, from start: Int64) -> Int {
        guard start >= 1 else { return 0 }
        let total = count(text)
        guard start <= total + 1 else { return 0 }
        let from = position(text, ofCodePoint: Int(start) - 1)
        guard let found = ByteSearch.first(needle, in: text, from: from) else { return 0 }
        return count(UnsafeRawBufferPointer(rebasing: text[..<found])) + 1
    }

    /// What is left when code points of `characters` are taken off the ends.
    static func trimmed(
        _ text: UnsafeRawBufferPointer, of characters: UnsafeRawBufferPointer, _ side: TrimSide
    ) -> Range<Int> {
        var start = 0
        var end = text.count
        if side != .trailing {
            while start < end {
                let length = Swift.min(length(text[start]), end - start)
                guard contains(characters, text, start, length) else { break }
                start += length
            }
        }
        if side != .leading {
            while end > start {
                var first = end - 1
                while first > start, isContinuation(text[first]) { first -= 1 }
                guard contains(characters, text, first, end - first) else { break }
                end = first
            }
        }
        return start..<end
    }

    @inline(__always)
    private static func contains(
        _ characters: UnsafeRawBufferPointer, _ text: UnsafeRawBufferPointer, _ start: Int, _ length: Int
    ) -> Bool {
        if length == 1, characters.count == 1 { return characters[0] == text[start] }
        return ByteSearch.first(
            UnsafeRawBufferPointer(rebasing: text[start..<start + length]), in: characters, from: 0) != nil
    }

    /// Part `index` (from 0) of what `separator` divides the text into; nil where there is none.
    static func split(
        _ text: UnsafeRawBufferPointer, by separator: UnsafeRawBufferPointer, _ index: Int64
    ) -> Range<Int>? {
        guard index >= 0 else { return nil }
        if separator.count == 0 { return index == 0 ? 0..<text.count : nil }
        var start = 0
        var rest = index
        while true {
            let end = ByteSearch.first(separator, in: text, from: start)
            if rest == 0 { return start..<(end ?? text.count) }
            guard let end else { return nil }
            start = end + separator.count
            rest -= 1
        }
    }
}
