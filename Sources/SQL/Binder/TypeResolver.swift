internal import Columnar

/// Types as written to the types that columns have.
struct TypeResolver {
    let source: SourceText

    /// The type of a value; the reason why there is none is an error at the type.
    func resolve(_ type: TypeSyntax) throws(BindingErrors) -> LogicalType {
        switch type.kind {
        case .simple(let name, let arguments): return try simple(name, arguments, type)
        case .row: throw unsupported(type, "the type ROW is not supported yet as a value")
        case .collection(let name, _): throw unsupported(type, "the type \(name) is not supported yet")
        }
    }

    private func simple(
        _ name: String, _ arguments: [Int], _ type: TypeSyntax
    ) throws(BindingErrors) -> LogicalType {
        if let limit = Self.argumentLimits[name], arguments.count > limit {
            throw invalid(type, limit == 0 ? "\(name) takes no number" : "\(name) takes at most \(limit) of them")
        }
        switch name {
        case "BOOLEAN": return .boolean
        case "INT", "INTEGER": return .int
        case "BIGINT": return .bigint
        case "DOUBLE": return .double
        case "DECIMAL", "DEC", "NUMERIC": return try decimal(arguments, type)
        case "STRING", "VARCHAR", "CHAR": return .string
        case "BYTES", "VARBINARY", "BINARY": return .bytes
        case "DATE": return .date
        case "TIMESTAMP": return .timestamp(precision: try precision(arguments, type))
        case "TIMESTAMP_LTZ": return .timestampLTZ(precision: try precision(arguments, type))
        case "TINYINT", "SMALLINT": throw unsupported(type, "the type \(name) is not supported yet", hint: "use INT")
        case "FLOAT", "REAL": throw unsupported(type, "the type \(name) is not supported yet", hint: "use DOUBLE")
        case "TIMESTAMP WITH TIME ZONE":
            throw unsupported(type, "the type \(name) is not supported yet", hint: "use TIMESTAMP_LTZ(3)")
        case "TIME", "TIME WITH TIME ZONE", "INTERVAL", "RAW", "VARIANT":
            throw unsupported(type, "the type \(name) is not supported yet")
        default:
            throw BindingErrors(
                source.error(
                    .unknownName, "unknown type '\(name)'", at: type.range,
                    hint: NearestName.hint(for: name, among: Self.names) ?? "known types: \(Self.nameList)"))
        }
    }

    private static let argumentLimits = [
        "BOOLEAN": 0, "INT": 0, "INTEGER": 0, "BIGINT": 0, "DOUBLE": 0, "DECIMAL": 2, "DEC": 2, "NUMERIC": 2,
        "STRING": 0, "VARCHAR": 1, "CHAR": 1, "BYTES": 0, "VARBINARY": 1, "BINARY": 1, "DATE": 0, "TIMESTAMP": 1,
        "TIMESTAMP_LTZ": 1,
    ]

    private static let names = [
        "BOOLEAN", "INT", "BIGINT", "DOUBLE", "DECIMAL", "STRING", "VARCHAR", "CHAR", "BYTES", "VARBINARY", "DATE",
        "TIMESTAMP", "TIMESTAMP_LTZ", "ROW",
    ]
    private static let nameList =
        "BOOLEAN, INT, BIGINT, DOUBLE, DECIMAL(p, s), STRING, BYTES, DATE, TIMESTAMP(3), TIMESTAMP_LTZ(3), ROW<...>"

    private func decimal(_ arguments: [Int], _ type: TypeSyntax) throws(BindingErrors) -> LogicalType {
        let precision = arguments.first ?? 10
        let scale = arguments.count > 1 ? arguments[1] : 0
        guard (1...38).contains(precision), (0...precision).contains(scale) else {
            throw invalid(
                type, "DECIMAL(\(precision), \(scale)) is impossible: 1 to 38 digits, of them 0 to all after the point")
        }
        return .decimal(precision: precision, scale: scale)
    }

    /// Flink's default is 6.
    private func precision(_ arguments: [Int], _ type: TypeSyntax) throws(BindingErrors) -> Int {
        let precision = arguments.first ?? 6
        guard precision == 3 || precision == 6 else {
            throw unsupported(
                type, "timestamps of precision \(precision) are not supported yet", hint: "use 3 (milliseconds) or 6")
        }
        return precision
    }

    private func unsupported(_ type: TypeSyntax, _ message: String, hint: String? = nil) -> BindingErrors {
        BindingErrors(source.error(.unsupported, message, at: type.range, hint: hint))
    }

    private func invalid(_ type: TypeSyntax, _ message: String) -> BindingErrors {
        BindingErrors(source.error(.syntax, message, at: type.range))
    }
}
