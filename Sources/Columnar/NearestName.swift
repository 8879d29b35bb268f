/// Finds what somebody may have meant: for messages about unknown names.
package enum NearestName {
    /// The candidate with the fewest edits from `name` (letter case and `_ - .` do not count), or nil where none is near.
    ///
    /// Near means at most a third of the name's length, and never more than 3 edits.
    package static func of(_ name: String, in candidates: some Sequence<String>) -> String? {
        let wanted = normalised(name)
        // Of a single letter every other letter would be near.
        let limit = wanted.count < 2 ? 0 : min(3, max(1, wanted.count / 3))
        var best: (name: String, distance: Int)?
        for candidate in candidates {
            let distance = editDistance(wanted, normalised(candidate), limit: limit)
            guard distance <= limit else { continue }
            if let found = best, (found.distance, found.name) <= (distance, candidate) { continue }
            best = (candidate, distance)
        }
        return best?.name
    }

    /// `; did you mean 'x'?` or nothing: the end of a message.
    package static func hint(_ name: String, in candidates: some Sequence<String>) -> String {
        of(name, in: candidates).map { "; did you mean '\($0)'?" } ?? ""
    }

    private static func normalised(_ name: String) -> [UInt8] {
        name.lowercased().utf8.map { $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".") ? UInt8(ascii: "-") : $0 }
    }

    /// Insertions, deletions, replacements and swaps of neighbours from one to the other; anything above `limit` counts as `limit + 1`.
    private static func editDistance(_ left: [UInt8], _ right: [UInt8], limit: Int) -> Int {
        if abs(left.count - right.count) > limit { return limit + 1 }
        var beforePrevious: [Int] = []
        var previous = Array(0...right.count)
        for (row, leftByte) in left.enumerated() {
            var current = [row + 1]
            for (column, rightByte) in right.enumerated() {
                let replaced = previous[column] + (leftByte == rightByte ? 0 : 1)
                var cost = min(replaced, previous[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, leftByte == right[column - 1], left[row - 1] == rightByte {
                    cost = min(cost, beforePrevious[column - 1] + 1)
                }
                current.append(cost)
            }
            beforePrevious = previous
            previous = current
        }
        return previous[right.count]
    }
}
