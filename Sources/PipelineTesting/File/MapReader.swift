internal import Columnar

/// Takes the known keys out of a map and reports the others.
struct MapReader {
    private let entries: [YAMLValue.Entry]
    let line: Int
    private var known: Set<String> = []
    var problems: [Problem] = []

    /// - Parameter what: names the map in messages.
    init(_ value: YAMLValue, _ what: String) {
        line = value.line
        if case .map(let entries) = value.content {
            self.entries = entries
        } else {
            entries = []
            problems.append(Problem(value.line, "\(what) must be a map, not \(value.kind)"))
        }
    }

    mutating func entry(_ key: String) -> YAMLValue.Entry? {
        known.insert(key)
        return entries.first { $0.key == key }
    }

    mutating func text(_ key: String) -> String? {
        guard let entry = entry(key) else { return nil }
        if let text = entry.value.text { return text }
        problems.append(Problem(entry.line, "'\(key)' must be text, not \(entry.value.kind)"))
        return nil
    }

    mutating func flag(_ key: String) -> Bool? {
        guard let entry = entry(key) else { return nil }
        if let flag = entry.value.flag { return flag }
        problems.append(Problem(entry.line, "'\(key)' must be true or false"))
        return nil
    }

    /// The items of a list; none where the key is left empty.
    mutating func list(_ key: String) -> [YAMLValue]? {
        guard let entry = entry(key) else { return nil }
        return items(entry, "'\(key)'")
    }

    /// The entries of a map under a key; none where it is left empty.
    mutating func map(_ key: String) -> [YAMLValue.Entry]? {
        guard let entry = entry(key) else { return nil }
        if case .map(let entries) = entry.value.content { return entries }
        if !entry.value.isNull {
            problems.append(Problem(entry.line, "'\(key)' must be a map, not \(entry.value.kind)"))
        }
        return []
    }

    mutating func items(_ entry: YAMLValue.Entry, _ what: String) -> [YAMLValue] {
        if case .list(let items) = entry.value.content { return items }
        if !entry.value.isNull {
            problems.append(Problem(entry.line, "\(what) must be a list, each item with '-', not \(entry.value.kind)"))
        }
        return []
    }

    /// Everything that is wrong, keys that nobody has asked for among it.
    func finished() -> [Problem] {
        problems
            + entries.filter { !known.contains($0.key) }.map { entry in
                Problem(
                    entry.line,
                    "there is no key '\(entry.key)' here; known are \(known.sorted().joined(separator: ", "))"
                        + NearestName.hint(entry.key, in: known.sorted()))
            }
    }
}
