internal import Columnar
internal import Expressions

extension ExpressionBinder {
    /// Functions that exist in Flink and need more than a row.
    private static let aggregates: Set<String> = [
        "AVG", "COLLECT", "COUNT", "CUME_DIST", "DENSE_RANK", "FIRST_VALUE", "JSON_ARRAYAGG", "JSON_OBJECTAGG", "LAG",
        "LAST_VALUE", "LEAD", "LISTAGG", "MAX", "MIN", "NTILE", "PERCENTILE", "PERCENT_RANK", "RANK", "ROW_NUMBER",
        "STDDEV_POP", "STDDEV_SAMP", "SUM", "VARIANCE", "VAR_POP", "VAR_SAMP",
    ]

    func bindCall(_ name: NameSyntax, _ arguments: [ExpressionSyntax]) throws(BindingErrors) -> ScalarExpression {
        let function = name.text.uppercased()
        let range = arguments.last.map { name.range.through($0.range) } ?? name.range
        if let unit = arguments.compactMap(\.timeUnit).first {
            return try bindCall(function, arguments.filter { $0.timeUnit == nil }, unit, range)
        }
        guard registry.contains(function) else {
            if Self.aggregates.contains(function) {
                throw fail(.unsupported, "the aggregate function \(function) is not supported yet", name.range)
            }
            throw fail(
                .unknownName, "unknown function '\(name.text)'", name.range,
                hint: NearestName.hint(for: function, among: registry.names))
        }
        let bound = try bindAll(arguments)
        return try build(range) { () throws(ExpressionError) in try registry.call(function, bound) }
    }

    /// A function that takes a time unit.
    func bindCall(
        _ function: String, _ arguments: [ExpressionSyntax], _ unit: TimeUnitSyntax, _ range: SourceRange
    ) throws(BindingErrors) -> ScalarExpression {
        guard let timeUnit = TimeUnit(sql: unit.rawValue) else {
            throw fail(.unsupported, "the time unit \(unit.rawValue) is not supported yet", range)
        }
        let bound = try bindAll(arguments)
        return try build(range) { () throws(ExpressionError) in try registry.call(function, bound, unit: timeUnit) }
    }
}

extension ExpressionSyntax {
    fileprivate var timeUnit: TimeUnitSyntax? {
        if case .timeUnit(let unit) = kind { unit } else { nil }
    }
}
