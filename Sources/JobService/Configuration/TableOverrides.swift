internal import Columnar
internal import Dataflow

/// Gives tables the options that the environment sets: `MILLRACE_TABLE_<TABLE>_<OPTION>` and the default addresses.
struct TableOverrides: Sendable {
    let overrides: [ServiceConfiguration.TableOverride]
    let postgresURL: String?
    let connectors: [String: any Connector]
    /// Options of the planner and of formats, which no connector lists.
    static let furtherNames = [
        "connector", "scan.watermark.idle-timeout", "scan.watermark.alignment.max-drift", "scan.watermark.max-ahead",
        "scan.parallelism", "sink.parallelism", "json.fail-on-missing-field", "json.ignore-parse-errors",
        "json.timestamp-format.standard", "json.encode.decimal-as-plain-number", "json.encode.ignore-null-fields",
    ]

    /// The options that replace or complete those of the WITH clause.
    func options(of table: String, declared: [String: String]) -> [String: String] {
        var result: [String: String] = [:]
        let connector = declared["connector"].flatMap { connectors[$0] }
        for override in overrides {
            guard let spelling = Self.option(of: override.name, table: table) else { continue }
            result[Self.name(spelling, declared: declared, connector: connector)] = override.value
        }
        let isPostgres = ["postgres", "jdbc"].contains(declared["connector"] ?? "")
        if isPostgres, declared["url"] == nil, result["url"] == nil, let postgresURL { result["url"] = postgresURL }
        return result
    }

    /// The variables whose table is none of `tables`: likely slips.
    func unused(tables: [String]) -> [ConfigurationProblem] {
        overrides.filter { override in !tables.contains { Self.option(of: override.name, table: $0) != nil } }
            .map { override in
                let known = tables.map(Self.spelled).joined(separator: ", ")
                return ConfigurationProblem(
                    variable: override.variable, message: "names no table of the job; its tables are spelled \(known)")
            }
    }

    /// What follows the table's name in a variable; nil where it is another table's.
    private static func option(of name: String, table: String) -> String? {
        let prefix = spelled(table) + "_"
        guard name.hasPrefix(prefix), name.count > prefix.count else { return nil }
        return String(name.dropFirst(prefix.count))
    }

    /// A name as variables spell it: capital letters, anything but letters and digits as `_`.
    static func spelled(_ name: String) -> String {
        String(name.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    }

    private static func name(_ spelling: String, declared: [String: String], connector: (any Connector)?) -> String {
        let known = Array(declared.keys) + Array(connector?.optionNames ?? []) + furtherNames
        if let found = known.sorted().first(where: { spelled($0) == spelling }) { return found }
        // `properties.security.protocol`, and what no connector knows: it will be refused under this name.
        return spelling.lowercased().split(separator: "_").joined(separator: ".")
    }
}
