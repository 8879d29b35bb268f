/// The text of a SQL file: as written, for messages, and with `${NAME}` replaced, for the lexer.
package struct SourceText: Sendable {
    /// Where a replaced stretch begins in both texts. Between two of them the offsets run in step.
    struct Anchor: Hashable, Sendable {
        let substituted: Int
        let original: Int
        /// Whether what follows stands for a `${NAME}`, so that every byte of it belongs to one place of the original.
        let isReplacement: Bool
    }

    package let fileName: String
    let original: [UInt8]
    /// What the lexer reads.
    let bytes: [UInt8]
    let anchors: [Anchor]
    /// Offsets of the first byte of every line of `original`.
    let lineStarts: [Int]

    init(fileName: String, original: [UInt8], bytes: [UInt8], anchors: [Anchor]) {
        self.fileName = fileName
        self.original = original
        self.bytes = bytes
        self.anchors = anchors
        var starts = [0]
        for (offset, byte) in original.enumerated() where byte == UInt8(ascii: "\n") {
            starts.append(offset + 1)
        }
        lineStarts = starts
    }

    /// A file's text as it may be shown: passwords are stars.
    package static func masked(_ text: String) -> String {
        let bytes = Array(text.utf8)
        return SecretMask(bytes).excerpt(0..<bytes.count)
    }

    /// The place of `range` in the file as written.
    package func location(of range: SourceRange) -> SourceLocation {
        location(ofOriginal: originalOffset(range.start))
    }

    /// The text of `range` after substitution.
    package func text(of range: SourceRange) -> String {
        String(decoding: bytes[min(range.start, bytes.count)..<min(range.end, bytes.count)], as: UTF8.self)
    }

    /// An error at `range`, with the line quoted as written but for passwords, so that no substituted value is ever printed.
    package func error(
        _ code: SQLError.Code, _ message: String, at range: SourceRange, hint: String? = nil
    ) -> SQLError {
        let start = originalOffset(range.start)
        return error(code, message, original: start..<max(start, originalEnd(range)), hint: hint)
    }

    func error(_ code: SQLError.Code, _ message: String, original: Range<Int>, hint: String? = nil) -> SQLError {
        let location = location(ofOriginal: original.lowerBound)
        let lineStart = lineStarts[location.line - 1]
        var lineEnd = lineStart
        while lineEnd < self.original.count, self.original[lineEnd] != UInt8(ascii: "\n") { lineEnd += 1 }
        if lineEnd > lineStart, self.original[lineEnd - 1] == UInt8(ascii: "\r") { lineEnd -= 1 }
        let mask = SecretMask(self.original)
        let excerpt = mask.excerpt(lineStart..<lineEnd)
        var (message, hint) = (message, hint)
        for piece in mask.hidden(in: original, of: self.original) {
            message = message.replacing(piece, with: "***")
            hint = hint?.replacing(piece, with: "***")
        }
        for (name, value) in replacements where message.contains(value) || hint?.contains(value) == true {
            message = message.replacing(value, with: name)
            hint = hint?.replacing(value, with: name)
        }
        let end = min(original.upperBound, lineEnd)
        let width =
            end > original.lowerBound
            ? String(decoding: self.original[original.lowerBound..<end], as: UTF8.self).count : 1
        return SQLError(
            code: code, message: message, location: location, excerpt: excerpt, width: max(1, width), hint: hint)
    }

    /// What stood for variables, with the references as written: messages name those. Very short values are left out, which would be
    /// found in any message.
    private var replacements: [(name: String, value: String)] {
        anchors.indices.compactMap { index in
            guard anchors[index].isReplacement else { return nil }
            let end = index + 1 < anchors.count ? anchors[index + 1] : nil
            let value = bytes[anchors[index].substituted..<(end?.substituted ?? bytes.count)]
            guard value.count >= 6 else { return nil }
            let name = original[anchors[index].original..<(end?.original ?? original.count)]
            return (String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
        }
    }

    private func location(ofOriginal offset: Int) -> SourceLocation {
        var low = 0
        var high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle } else { high = middle }
        }
        let clamped = min(offset, original.count)
        let column = String(decoding: original[lineStarts[low]..<clamped], as: UTF8.self).count + 1
        return SourceLocation(file: fileName, line: low + 1, column: column)
    }

    private func originalOffset(_ offset: Int) -> Int {
        let anchor = anchor(before: offset)
        return anchor.isReplacement
            ? anchor.original : min(original.count, anchor.original + offset - anchor.substituted)
    }

    /// The end of the last byte of `range`: a range that ends in a replacement ends where its `${NAME}` ends.
    private func originalEnd(_ range: SourceRange) -> Int {
        guard range.end > range.start else { return originalOffset(range.start) }
        let index = anchorIndex(before: range.end - 1)
        guard anchors[index].isReplacement else { return originalOffset(range.end - 1) + 1 }
        return index + 1 < anchors.count ? anchors[index + 1].original : original.count
    }

    private func anchor(before offset: Int) -> Anchor { anchors[anchorIndex(before: offset)] }

    private func anchorIndex(before offset: Int) -> Int {
        var low = 0
        var high = anchors.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if anchors[middle].substituted <= offset { low = middle } else { high = middle }
        }
        return low
    }
}
