/// Finds what somebody meant who mistyped a name.
enum NearestName {
    /// The candidate with the fewest edits to `name`, if they are fewer than half of its letters.
    static func find(_ name: String, among candidates: [String]) -> String? {
        let scored = candidates.map { (distance: distance(name.lowercased(), $0.lowercased()), name: $0) }
        guard let best = scored.min(by: { ($0.distance, $0.name) < ($1.distance, $1.name) }) else { return nil }
        return best.distance * 2 < max(name.count, best.name.count) ? best.name : nil
    }

    /// Letters to insert, delete or replace (Levenshtein).
    static func distance(_ left: String, _ right: String) -> Int {
        let right = Array(right.utf8)
        var row = Array(0...right.count)
        for (index, letter) in left.utf8.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in 0..<right.count {
                let replaced = diagonal + (letter == right[column] ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, row[column] + 1, diagonal + 1)
            }
        }
        return row[right.count]
    }
}
