internal import Columnar

/// The names that an expression can use: the columns of the tables of FROM, in order.
struct Scope {
    struct Table {
        /// Alias, or the table's own name; nil for a subquery without alias.
        var name: String?
        var columns: [PlanColumn]
    }

    var tables: [Table]

    static let empty = Scope(tables: [])

    /// All columns, in the order of the row that expressions are computed over.
    var columns: [PlanColumn] { tables.flatMap(\.columns) }

    /// How many columns precede those of table `index`.
    func offset(ofTable index: Int) -> Int {
        tables[..<index].reduce(0) { $0 + $1.columns.count }
    }
}

extension Scope {
    /// The position of the column that `path` names.
    ///
    /// - Throws: an error at the path for what is unknown, ambiguous, a whole ROW, or cannot be read.
    func resolve(_ path: PathSyntax, _ source: SourceText) throws(BindingErrors) -> Int {
        let names = path.parts.map(\.text)
        if names.count > 1, let table = tables.firstIndex(where: { $0.name == names[0] }) {
            let matches = Self.match(Array(names[1...]), tables[table].columns)
            if !matches.isEmpty || !isColumn(names[0]) {
                return try choose(
                    matches.map { $0 + offset(ofTable: table) }, path, Array(names[1...]), inTable: table, source)
            }
        }
        let matches = Self.match(names, columns)
        return try choose(matches, path, names, inTable: nil, source)
    }

    /// The positions of the leaves when `path` names a whole ROW; empty for anything else.
    func leaves(of path: PathSyntax) -> [Int] {
        let names = path.parts.map(\.text)
        if names.count > 1, let table = tables.firstIndex(where: { $0.name == names[0] }) {
            let found = Self.leaves(Array(names[1...]), tables[table].columns)
            if !found.isEmpty { return found.map { $0 + offset(ofTable: table) } }
        }
        // Of two tables with such a ROW neither is meant; `resolve` then says what is wrong.
        let owners = tables.indices.filter { !Self.leaves(names, tables[$0].columns).isEmpty }
        return owners.count == 1
            ? Self.leaves(names, tables[owners[0]].columns).map { $0 + offset(ofTable: owners[0]) } : []
    }

    private static func leaves(_ names: [String], _ columns: [PlanColumn]) -> [Int] {
        columns.indices.filter { index in
            columns[index].path.count > names.count && Array(columns[index].path.prefix(names.count)) == names
        }
    }

    private func isColumn(_ name: String) -> Bool { columns.contains { $0.path.first == name } }

    private static func match(_ names: [String], _ columns: [PlanColumn]) -> [Int] {
        columns.indices.filter { columns[$0].path == names }
    }

    private func choose(
        _ matches: [Int], _ path: PathSyntax, _ names: [String], inTable table: Int?, _ source: SourceText
    ) throws(BindingErrors) -> Int {
        if matches.count > 1 { throw BindingErrors(ambiguous(matches, path, source)) }
        guard let match = matches.first else { throw BindingErrors(unknown(path, names, inTable: table, source)) }
        if let obstacle = columns[match].obstacle {
            throw BindingErrors(
                source.error(.unsupported, "column '\(path.last.text)' cannot be read: \(obstacle)", at: path.range))
        }
        return match
    }

    private func ambiguous(_ matches: [Int], _ path: PathSyntax, _ source: SourceText) -> SQLError {
        let owners = tables.indices.filter { table in
            matches.contains {
                $0 >= offset(ofTable: table) && $0 < offset(ofTable: table) + tables[table].columns.count
            }
        }
        let names = owners.compactMap { tables[$0].name }.map { "\($0).\(path)" }
        return source.error(
            .ambiguousName, "column '\(path.last.text)' is ambiguous", at: path.range,
            hint: names.count > 1 ? "write \(names.joined(separator: " or "))" : "give its columns different names")
    }

    private func unknown(_ path: PathSyntax, _ names: [String], inTable table: Int?, _ source: SourceText) -> SQLError {
        let candidates = table.map { tables[$0].columns } ?? columns
        let isRow = candidates.contains { $0.path.count > names.count && Array($0.path.prefix(names.count)) == names }
        if isRow {
            let fields = candidates.filter { Array($0.path.prefix(names.count)) == names }.map(\.name)
            return source.error(
                .unsupported, "'\(path)' is a whole ROW, which is only supported yet as a column of a select list",
                at: path.range,
                hint: "take its fields: \(fields.prefix(6).joined(separator: ", "))")
        }
        if candidates.isEmpty {
            return source.error(
                .unknownName, "unknown column '\(path)': there is no table to take it from", at: path.range,
                hint: "a string stands in single quotes")
        }
        let owner = table.flatMap { tables[$0].name }.map { " in '\($0)'" } ?? ""
        if names.count > 1, table == nil, !isColumn(names[0]) {
            let aliases = tables.compactMap(\.name)
            let hint = NearestName.hint(for: names[0], among: aliases)
            return source.error(
                .unknownName, "unknown table or column '\(names[0])'", at: path.parts[0].range,
                hint: hint ?? (aliases.isEmpty ? nil : "known here: \(aliases.joined(separator: ", "))"))
        }
        let hint = NearestName.hint(for: names.joined(separator: "."), among: candidates.map(\.name))
        let known = candidates.map(\.name)
        let list = known.prefix(12).joined(separator: ", ") + (known.count > 12 ? ", ..." : "")
        return source.error(
            .unknownName, "unknown column '\(names.joined(separator: "."))'\(owner)", at: path.range,
            hint: hint ?? "known columns: \(list)")
    }
}
