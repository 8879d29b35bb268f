/// A place in a file as its author sees it. Line and column count from one; columns are characters, not bytes.
package struct SourceLocation: Hashable, Sendable {
    package let file: String
    package let line: Int
    package let column: Int

    /// Whether it is before or at `other` in the same file.
    func precedes(_ other: SourceLocation) -> Bool { (line, column) <= (other.line, other.column) }
}

extension SourceLocation: CustomStringConvertible {
    /// `file:line:column`, the form that editors and terminals link.
    package var description: String { "\(file):\(line):\(column)" }
}
