internal import Glibc

/// A LIKE pattern, taken apart: texts between `%` signs, in which `_` stands for any one code point.
struct LikePattern {
    /// A piece without `%`.
    private struct Piece {
        var bytes: [UInt8] = []
        /// Whether the byte at a position stands for any code point; empty where none does.
        var wildcards: [Bool] = []
        var hasWildcards = false
    }

    private enum Form {
        /// No `%` and no `_`.
        case exact
        /// One piece, with `%` at the ends that are open.
        case affix(openStart: Bool, openEnd: Bool)
        case general
    }

    private let pieces: [Piece]
    private let form: Form
    private let openStart: Bool
    private let openEnd: Bool

    /// - Throws: where the escape character stands before something that needs none.
    init(_ pattern: UnsafeRawBufferPointer, escape: Unicode.Scalar?) throws(ExpressionError) {
        let text = String(decoding: pattern, as: UTF8.self)
        var pieces: [Piece] = [Piece()]
        var isEscaped = false
        var startsOpen = false
        var endsOpen = false
        var isFirst = true
        for scalar in text.unicodeScalars {
            endsOpen = false
            if isEscaped {
                guard scalar == "%" || scalar == "_" || scalar == escape else {
                    throw ExpressionError(
                        .invalidArgument,
                        "in a LIKE pattern the escape character must be followed by %, _ or itself")
                }
                Self.append(scalar, to: &pieces[pieces.count - 1])
                isEscaped = false
            } else if scalar == escape {
                isEscaped = true
            } else if scalar == "%" {
                if isFirst { startsOpen = true }
                if !pieces[pieces.count - 1].bytes.isEmpty { pieces.append(Piece()) }
                endsOpen = true
            } else if scalar == "_" {
                pieces[pieces.count - 1].bytes.append(0)
                pieces[pieces.count - 1].wildcards.append(true)
                pieces[pieces.count - 1].hasWildcards = true
            } else {
                Self.append(scalar, to: &pieces[pieces.count - 1])
            }
            isFirst = false
        }
        if isEscaped {
            throw ExpressionError(.invalidArgument, "a LIKE pattern must not end with its escape character")
        }
        if pieces.count > 1, pieces[pieces.count - 1].bytes.isEmpty { pieces.removeLast() }
        self.pieces = pieces
        openStart = startsOpen
        openEnd = endsOpen
        if pieces.count == 1, !pieces[0].hasWildcards {
            form = startsOpen || endsOpen ? .affix(openStart: startsOpen, openEnd: endsOpen) : .exact
        } else {
            form = .general
        }
    }

    private static func append(_ scalar: Unicode.Scalar, to piece: inout Piece) {
        for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter {
            piece.bytes.append(byte)
            piece.wildcards.append(false)
        }
    }

    func matches(_ text: UnsafeRawBufferPointer) -> Bool {
        switch form {
        case .exact: return pieces[0].bytes.withUnsafeBytes { ByteOrder.isEqual($0, text) }
        case .affix(let openStart, let openEnd):
            return pieces[0].bytes.withUnsafeBytes { piece in
                if openStart, openEnd { return ByteSearch.first(piece, in: text, from: 0) != nil }
                guard piece.count <= text.count else { return false }
                let start = openStart ? text.count - piece.count : 0
                return ByteOrder.isEqual(piece, UnsafeRawBufferPointer(rebasing: text[start..<start + piece.count]))
            }
        case .general: return matchesPieces(text)
        }
    }

    /// The first piece is taken at the start, the last at the end, each one between where it comes first.
    private func matchesPieces(_ text: UnsafeRawBufferPointer) -> Bool {
        var position = 0
        var first = 0
        var last = pieces.count
        if !openStart {
            guard let end = Self.match(pieces[0], text, 0) else { return false }
            if pieces.count == 1, !openEnd { return end == text.count }
            position = end
            first = 1
        }
        var limit = text.count
        if !openEnd {
            last -= 1
            guard last >= first, let start = Self.startOfLast(pieces[last], text), start >= position,
                Self.match(pieces[last], text, start) == text.count
            else { return false }
            limit = start
        }
        for index in first..<Swift.max(first, last) {
            guard let end = Self.search(pieces[index], text, position, limit) else { return false }
            position = end
        }
        return true
    }

    /// Where the piece ends if it begins at `start`; nil if it does not.
    private static func match(_ piece: Piece, _ text: UnsafeRawBufferPointer, _ start: Int) -> Int? {
        var position = start
        for (index, byte) in piece.bytes.enumerated() {
            guard position < text.count else { return nil }
            if piece.wildcards[index] {
                position += UTF8Text.length(text[position])
            } else if text[position] == byte {
                position += 1
            } else {
                return nil
            }
        }
        return position <= text.count ? position : nil
    }

    /// Where the piece must begin in order to end with the text.
    private static func startOfLast(_ piece: Piece, _ text: UnsafeRawBufferPointer) -> Int? {
        var position = text.count
        for index in piece.bytes.indices.reversed() {
            guard position > 0 else { return nil }
            position -= 1
            if piece.wildcards[index] {
                while position > 0, UTF8Text.isContinuation(text[position]) { position -= 1 }
            }
        }
        return position
    }

    private static func search(
        _ piece: Piece, _ text: UnsafeRawBufferPointer, _ start: Int, _ limit: Int
    ) -> Int? {
        if !piece.hasWildcards {
            return piece.bytes.withUnsafeBytes { needle in
                ByteSearch.first(needle, in: UnsafeRawBufferPointer(rebasing: text[..<limit]), from: start)
                    .map { $0 + needle.count }
            }
        }
        var position = start
        while position <= limit {
            if let end = match(piece, text, position), end <= limit { return end }
            position += 1
            while position < limit, UTF8Text.isContinuation(text[position]) { position += 1 }
        }
        return nil
    }
}

/// Bytes within bytes.
enum ByteSearch {
    /// Where `needle` begins first, at `start` or behind; an empty one begins there.
    static func first(_ needle: UnsafeRawBufferPointer, in text: UnsafeRawBufferPointer, from start: Int) -> Int? {
        if needle.count == 0 { return start <= text.count ? start : nil }
        guard start + needle.count <= text.count, let base = text.baseAddress, let wanted = needle.baseAddress else {
            return nil
        }
        let first = Int32(needle[0])
        let end = text.count - needle.count
        var position = start
        while position <= end, let found = memchr(base + position, first, end - position + 1) {
            position = UnsafeRawPointer(found) - base
            if memcmp(base + position, wanted, needle.count) == 0 { return position }
            position += 1
        }
        return nil
    }
}
