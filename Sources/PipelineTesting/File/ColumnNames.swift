internal import Columnar
internal import Dataflow

/// The names by which rows give the columns of a table, as a tree where columns lie inside of objects.
struct ColumnNames: Sendable {
    let table: String
    private var paths: Set<[String]> = []
    /// The beginnings of the paths.
    private var objects: Set<[String]> = []

    init(_ fields: [TableField], table: String) {
        self.table = table
        for field in fields {
            paths.insert(field.path)
            for length in 0..<field.path.count { objects.insert(Array(field.path.prefix(length))) }
        }
    }

    /// What is wrong with the names of a row.
    func problems(_ entries: [YAMLValue.Entry], under prefix: [String] = []) -> [Problem] {
        entries.flatMap { entry -> [Problem] in
            let path = prefix + [entry.key]
            if paths.contains(path) { return [] }
            let name = path.joined(separator: ".")
            guard objects.contains(path) else {
                let known = paths.union(objects).filter { $0.count == path.count && $0.dropLast() == prefix[...] }
                    .compactMap(\.last).sorted()
                return [
                    Problem(
                        entry.line,
                        "the table '\(table)' has no column '\(name)'; it has \(known.joined(separator: ", "))"
                            + NearestName.hint(entry.key, in: known))
                ]
            }
            if case .map(let inner) = entry.value.content { return problems(inner, under: path) }
            if entry.value.isNull { return [] }
            return [Problem(entry.line, "'\(name)' of the table '\(table)' is an object: give a map")]
        }
    }
}

extension [YAMLValue.Entry] {
    /// The value at a path of names; nil where there is none.
    func value(at path: [String]) -> YAMLValue? {
        guard let name = path.first, let entry = first(where: { $0.key == name }) else { return nil }
        if path.count == 1 { return entry.value }
        guard case .map(let inner) = entry.value.content else { return nil }
        return inner.value(at: Array<String>(path.dropFirst()))
    }

    /// The entries without what is at a path.
    func removing(_ path: [String]) -> [YAMLValue.Entry] {
        compactMap { entry in
            guard entry.key == path.first else { return entry }
            guard path.count > 1, case .map(let inner) = entry.value.content else { return nil }
            var entry = entry
            entry.value.content = .map(inner.removing(Array<String>(path.dropFirst())))
            return entry
        }
    }
}
