/// A stretch of a `SourceText`, in bytes of the text after substitution; empty at the end of the file.
package struct SourceRange: Hashable, Sendable {
    package let start: Int
    package let end: Int

    package init(start: Int, end: Int) {
        self.start = start
        self.end = max(start, end)
    }

    /// From the start of this one to the end of `other`.
    package func through(_ other: SourceRange) -> SourceRange {
        SourceRange(start: start, end: other.end)
    }
}
