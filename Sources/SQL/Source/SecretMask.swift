/// Hides the passwords that a SQL file holds, so that its lines can be quoted in messages: in literals, and also where they
/// stand in the wrong quotes or in none, since that is what messages are about.
///
/// Substituted values are not its matter: messages quote the text as written.
struct SecretMask {
    private static let quotes = [UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "`")]
    private static let star = UInt8(ascii: "*")
    /// What the names of options hold whose values nobody may see; names with a slip of the pen are to be found by it too.
    private static let secretWords = [
        "pass", "pasw", "pwd", "secret", "token", "jaas", "credential", "api.key", "api-key", "oauthbearer.config",
        ".pem",
    ]

    /// `text` with every secret byte as `*`.
    private(set) var bytes: [UInt8]
    private var position = 0

    /// - Complexity: O(n) in the whole text, for an error only.
    init(_ text: [UInt8]) {
        bytes = text
        var key: String?
        var hasEquals = false
        while position < bytes.count {
            if skipComment() { continue }
            let byte = bytes[position]
            if byte == UInt8(ascii: "=") || Self.isSpace(byte) {
                hasEquals = hasEquals || byte == UInt8(ascii: "=")
                position += 1
                continue
            }
            let content: Range<Int>
            let isQuoted = Self.quotes.contains(byte)
            if isQuoted {
                content = literal(byte)
            } else if hasEquals, key != nil {
                content = bareValue()
            } else if Self.isWord(byte) {
                content = word()
            } else {
                // Only `=` and space may stand between the name of an option and its value.
                key = nil
                hasEquals = false
                position += 1
                continue
            }
            let value = String(decoding: bytes[content], as: UTF8.self)
            // The sign may be what is missing.
            let isValue = hasEquals || isQuoted && value.contains { $0 != "=" && !$0.isWhitespace }
            if let key, isValue, Self.isSecret(key) {
                hide(content)
            } else {
                hideLogin(content)
            }
            key = value
            hasEquals = false
        }
        hideAssignments(of: text)
    }

    /// The line at `range` for people, one character for every character of the file.
    func excerpt(_ range: Range<Int>) -> String {
        String(decoding: bytes[range].filter { $0 != 0 }, as: UTF8.self)
    }

    /// What of `range` is hidden, as `text` has it: pieces that no message may hold.
    func hidden(in range: Range<Int>, of text: [UInt8]) -> [String] {
        var pieces: [String] = []
        var start: Int?
        for index in range.clamped(to: bytes.indices) {
            if bytes[index] != text[index] {
                start = start ?? index
            } else if let first = start {
                pieces.append(String(decoding: text[first..<index], as: UTF8.self))
                start = nil
            }
        }
        if let start { pieces.append(String(decoding: text[start..<min(range.upperBound, text.count)], as: UTF8.self)) }
        return pieces
    }

    /// Hides what looks like the value of a secret option wherever it stands: where a quote is missing, what is in quotes and what
    /// is not have changed places.
    private mutating func hideAssignments(of text: [UInt8]) {
        let words = Self.secretWords.map { Array($0.utf8) }
        let ends = [",", ")", ";"].map { (mark: Unicode.Scalar) in UInt8(ascii: mark) }
        let initials = Set(words.compactMap(\.first))
        for start in text.indices where initials.contains(Self.small(text[start])) {
            guard let word = words.first(where: { Self.begins(text[start...], with: $0) }) else { continue }
            var index = start + word.count
            func skip(_ isSkipped: (UInt8) -> Bool) {
                while index < text.count, isSkipped(text[index]) { index += 1 }
            }
            let isBetween = { (byte: UInt8) in Self.isSpace(byte) || Self.quotes.contains(byte) }
            skip(Self.isWord)
            skip(isBetween)
            guard index < text.count, text[index] == UInt8(ascii: "=") else { continue }
            index += 1
            skip(isBetween)
            let first = index
            skip { !ends.contains($0) && !isBetween($0) }
            // What is hidden already is hidden to its end.
            if first < index, bytes[first] == text[first] { hide(first..<index) }
        }
    }

    private static func begins(_ text: ArraySlice<UInt8>, with word: [UInt8]) -> Bool {
        text.count >= word.count && zip(text, word).allSatisfy { small($0) == $1 }
    }

    private static func small(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }

    private static func isSecret(_ name: String) -> Bool {
        let name = name.lowercased()
        return secretWords.contains { name.contains($0) }
    }

    /// Whether the byte may be part of an option's name that has no quotes.
    private static func isWord(_ byte: UInt8) -> Bool {
        byte >= 0x80 || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
            || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (byte >= 9 && byte <= 13) }

    private func starts(_ mark: String) -> Bool { bytes[position...].starts(with: mark.utf8) }

    private mutating func skipComment() -> Bool {
        if starts("--") {
            while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
            return true
        }
        guard starts("/*") else { return false }
        position += 2
        while position < bytes.count, !starts("*/") { position += 1 }
        position = min(bytes.count, position + 2)
        return true
    }

    /// The place between the quotes of the literal that begins here; goes behind it.
    private mutating func literal(_ quote: UInt8) -> Range<Int> {
        let start = position + 1
        position = start
        while position < bytes.count {
            if bytes[position] != quote {
                position += 1
            } else if position + 1 < bytes.count, bytes[position + 1] == quote {
                position += 2
            } else {
                break
            }
        }
        let content = start..<position
        position = min(bytes.count, position + 1)
        return content
    }

    private mutating func word() -> Range<Int> {
        let start = position
        while position < bytes.count, Self.isWord(bytes[position]) { position += 1 }
        return start..<position
    }

    /// A value without quotes: up to what ends an option, or the line.
    private mutating func bareValue() -> Range<Int> {
        let start = position
        let ends = [",", ")", ";", "\n", "\r"].map { (mark: Unicode.Scalar) in UInt8(ascii: mark) }
        while position < bytes.count, !ends.contains(bytes[position]) { position += 1 }
        return start..<position
    }

    private mutating func hide(_ range: Range<Int>) {
        for index in range where ![0, UInt8(ascii: "\n"), UInt8(ascii: "\r")].contains(bytes[index]) {
            // Of a character of several bytes one star is left.
            bytes[index] = bytes[index] & 0xC0 == 0x80 ? 0 : Self.star
        }
    }

    /// Hides the password in `scheme://user:password@host`, `?password=...` and `password=...`.
    private mutating func hideLogin(_ range: Range<Int>) {
        let content = bytes[range]
        if let scheme = content.firstIndex(of: UInt8(ascii: "/")),
            let colon = content[scheme...].firstIndex(of: UInt8(ascii: ":"))
        {
            // A password may hold colons, slashes and more; without a host, what follows may be one all the same.
            if let host = content[colon...].lastIndex(of: UInt8(ascii: "@")) {
                hide(colon + 1..<host)
            } else if content[(colon + 1)...].prefix(while: { $0 >= 48 && $0 <= 57 }).isEmpty {
                hide(colon + 1..<range.upperBound)
            }
        }
        let word = Array("password=".utf8)
        var index = range.lowerBound
        while index + word.count <= range.upperBound {
            guard bytes[index..<index + word.count].elementsEqual(word, by: { $0 | 0x20 == $1 | 0x20 }) else {
                index += 1
                continue
            }
            let start = index + word.count
            let end =
                bytes[start..<range.upperBound].firstIndex { $0 == UInt8(ascii: "&") || Self.isSpace($0) }
                ?? range.upperBound
            hide(start..<end)
            index = end
        }
    }
}
