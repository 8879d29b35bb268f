internal import Columnar
internal import Dataflow

/// The WITH options of a `datagen` table.
struct DatagenOptions: Sendable {
    static let known: Set<String> = ["connector", "rows-per-second", "number-of-rows", "scan.parallelism", "seed"]
    private static let fieldOptions: Set<String> = [
        "kind", "min", "max", "max-past", "length", "var-len", "null-rate", "start", "end",
    ]

    var rowsPerSecond = 10_000
    /// Nil: for ever.
    var rowCount: Int64?
    var splitCount = 1
    /// Nil: another one for each run.
    var seed: UInt64?
    /// By column name.
    var fields: [String: FieldRule] = [:]

    /// Reports what is wrong with a table to `problems`.
    init(_ table: TableDefinition, problems: inout [TableProblem]) {
        var reader = OptionReader(table.options)
        rowsPerSecond = reader.count("rows-per-second", in: 1...1_000_000_000_000, default: 10_000)
        splitCount = reader.count("scan.parallelism", in: 1...1024, default: 1)
        if reader.text("number-of-rows") != nil {
            rowCount = Int64(reader.count("number-of-rows", in: 0...Int.max, default: 0))
        }
        if reader.text("seed") != nil { seed = UInt64(reader.count("seed", in: 0...Int.max, default: 0)) }
        for field in table.fields {
            guard case .payload = field.origin else {
                reader.report("connector", "the connector 'datagen' has no metadata for the column '\(field.name)'")
                continue
            }
            let rule = FieldRule(field, &reader)
            if case .sequence(let start, let end) = rule.kind {
                let count = end.subtractingReportingOverflow(start).partialValue &+ 1
                rowCount = min(rowCount ?? count, count)
            }
            fields[field.name] = rule
        }
        DatagenOptions.reportUnknown(table, &reader)
        problems.append(contentsOf: reader.problems)
    }

    private static func reportUnknown(_ table: TableDefinition, _ reader: inout OptionReader) {
        let names = Set(table.fields.map(\.name))
        for option in table.options.keys.sorted() where option.hasPrefix("fields.") {
            let path = option.dropFirst("fields.".count)
            guard let dot = path.lastIndex(of: ".") else {
                reader.report(option, "'\(option)' names no rule; write 'fields.<column>.kind' and the like")
                continue
            }
            let (name, rule) = (String(path[..<dot]), String(path[path.index(after: dot)...]))
            if !names.contains(name) {
                reader.report(option, "the table has no column '\(name)'\(NearestName.hint(name, in: names))")
            } else if !fieldOptions.contains(rule) {
                reader.report(
                    option, "there is no rule '\(rule)' for a column\(NearestName.hint(rule, in: fieldOptions))")
            }
        }
        reader.reportUnknown(connector: "datagen", known: known, prefixes: ["fields."])
    }
}
