/// Finds what was probably meant.
enum NearestName {
    /// The candidate that needs the fewest changes to become `name`, if that is at most a third of its length or a
    /// difference of letter case only.
    static func find(_ name: String, in candidates: [String]) -> String? {
        if let same = candidates.first(where: { $0.lowercased() == name.lowercased() }) { return same }
        let ranked = candidates.map { (candidate: $0, distance: distance(name, $0)) }
        guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
        return best.distance <= max(1, name.count / 3) ? best.candidate : nil
    }

    /// Insertions, deletions and replacements between two words.
    static func distance(_ left: String, _ right: String) -> Int {
        let right = Array(right)
        var row = Array(0...right.count)
        for (index, character) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for position in 0..<right.count {
                let cost = diagonal + (right[position] == character ? 0 : 1)
                diagonal = row[position + 1]
                row[position + 1] = min(cost, diagonal + 1, row[position] + 1)
            }
        }
        return row[right.count]
    }
}
