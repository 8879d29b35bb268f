/// What a dead letter does not hold of its record. It is said at the end of the letter's message, so that every table of dead letters that
/// has messages has it.
package struct DeadLetterGap: Hashable, Sendable {
    /// A column of which only the beginning is kept.
    package struct Cut: Hashable, Sendable {
        package var column: String
        /// Bytes that are kept, and those that there were.
        package var keptCount: Int
        package var wholeCount: Int

        package init(column: String, keptCount: Int, wholeCount: Int) {
            self.column = column
            self.keptCount = keptCount
            self.wholeCount = wholeCount
        }
    }

    /// Columns that were cut because the letter would not have fitted, in the order of `DeadLetter.schema`.
    package var cuts: [Cut]
    /// The row as the operator saw it stands for the value; of the record only its place is known.
    package var holdsRow: Bool

    private static let rowMark = " [raw_value is the row, not the record]"
    private static let cutMark = " [cut: "

    package init(cuts: [Cut] = [], holdsRow: Bool = false) {
        self.cuts = cuts
        self.holdsRow = holdsRow
    }

    package var isEmpty: Bool { cuts.isEmpty && !holdsRow }

    /// How much there is of a column; nil where all of it is.
    package func cut(_ column: String) -> Cut? { cuts.first { $0.column == column } }

    /// What is added to the message.
    package var mark: String {
        var text = holdsRow ? Self.rowMark : ""
        if !cuts.isEmpty {
            let parts = cuts.map { "\($0.column) \($0.keptCount) of \($0.wholeCount) bytes" }
            text += Self.cutMark + parts.joined(separator: ", ") + "]"
        }
        return text
    }

    /// Takes the mark off a message.
    ///
    /// - Returns: the message without it, and an empty gap where it has none.
    package static func split(_ message: String) -> (message: String, gap: DeadLetterGap) {
        var text = Substring(message)
        var gap = DeadLetterGap()
        if text.hasSuffix("]"), let mark = text.ranges(of: cutMark).last,
            let cuts = Self.cuts(text[mark.upperBound...].dropLast())
        {
            gap.cuts = cuts
            text = text[..<mark.lowerBound]
        }
        if text.hasSuffix(rowMark) {
            gap.holdsRow = true
            text = text.dropLast(rowMark.count)
        }
        return (String(text), gap)
    }

    private static func cuts(_ text: Substring) -> [Cut]? {
        var cuts: [Cut] = []
        for part in text.split(separator: ", ", omittingEmptySubsequences: false) {
            let words = part.split(separator: " ", omittingEmptySubsequences: false)
            guard words.count == 5, words[2] == "of", words[4] == "bytes", let kept = Int(words[1]),
                let whole = Int(words[3])
            else { return nil }
            cuts.append(Cut(column: String(words[0]), keptCount: kept, wholeCount: whole))
        }
        return cuts.isEmpty ? nil : cuts
    }
}
