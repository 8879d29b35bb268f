/// A name with `*` for any characters.
package struct Glob: Sendable, Equatable {
    package let pattern: String

    package init(_ pattern: String) {
        self.pattern = pattern
    }

    package static let any = Glob("*")

    /// Whether the whole name follows the pattern.
    package func matches(_ name: String) -> Bool {
        let (pattern, name) = (Array(pattern.utf8), Array(name.utf8))
        var (inPattern, inName) = (0, 0)
        // Where to go on, with the star taking one character more, when what follows it does not fit.
        var retry: (pattern: Int, name: Int)?
        while inName < name.count {
            if inPattern < pattern.count, pattern[inPattern] == UInt8(ascii: "*") {
                retry = (inPattern + 1, inName + 1)
                inPattern += 1
            } else if inPattern < pattern.count, pattern[inPattern] == name[inName] {
                inPattern += 1
                inName += 1
            } else if let from = retry {
                (inPattern, inName) = from
                retry = (from.pattern, from.name + 1)
            } else {
                return false
            }
        }
        return pattern[inPattern...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
