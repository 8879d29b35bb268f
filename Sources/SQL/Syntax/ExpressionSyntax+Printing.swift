extension ExpressionSyntax: CustomStringConvertible {
    /// As SQL; every operand that has operands of its own stands in parentheses.
    package var description: String {
        switch kind {
        case .literal(let literal): literal.description
        case .path(let path): path.description
        case .unary(.not, let operand): "NOT \(operand.operand)"
        case .unary(let op, let operand): "\(op.rawValue)\(operand.operand)"
        case .binary(let op, let left, let right): "\(left.operand) \(op.rawValue) \(right.operand)"
        case .test(let operand, let test, let isNegated):
            "\(operand.operand) IS \(isNegated ? "NOT " : "")\(test.rawValue)"
        case .between(let operand, let low, let high, let isSymmetric, let isNegated):
            "\(operand.operand) \(isNegated ? "NOT " : "")BETWEEN \(isSymmetric ? "SYMMETRIC " : "")"
                + "\(low.operand) AND \(high.operand)"
        case .inList(let operand, let items, let isNegated):
            "\(operand.operand) \(isNegated ? "NOT " : "")IN (\(Self.list(items)))"
        case .like(let operand, let pattern, let escape, let isNegated):
            "\(operand.operand) \(isNegated ? "NOT " : "")LIKE \(pattern.operand)"
                + (escape.map { " ESCAPE \($0.operand)" } ?? "")
        case .caseWhen(let operand, let clauses, let otherwise):
            "CASE" + (operand.map { " \($0)" } ?? "")
                + clauses.map { " WHEN \($0.condition) THEN \($0.result)" }.joined()
                + (otherwise.map { " ELSE \($0)" } ?? "") + " END"
        case .cast(let operand, let type, let isTry): "\(isTry ? "TRY_CAST" : "CAST")(\(operand) AS \(type))"
        case .extract(let unit, let operand): "EXTRACT(\(unit.rawValue) FROM \(operand))"
        case .call(let name, let arguments): call(name, arguments)
        case .row(let fields): "ROW(\(Self.list(fields)))"
        case .timeUnit(let unit): unit.rawValue
        case .over(let function, let partitionBy, let orderBy):
            "\(function) OVER (PARTITION BY \(Self.list(partitionBy)) ORDER BY "
                + orderBy.map { "\($0.expression) \($0.isDescending ? "DESC" : "ASC")" }.joined(separator: ", ") + ")"
        }
    }

    /// Names of functions that the grammar also knows as words must not get backquotes.
    private func call(_ name: NameSyntax, _ arguments: [ExpressionSyntax]) -> String {
        let isUnitLast = if case .timeUnit = arguments.last?.kind { true } else { false }
        if isUnitLast, arguments.count == 2, ["FLOOR", "CEIL"].contains(name.text.uppercased()) {
            return "\(name.text)(\(arguments[0]) TO \(arguments[1]))"
        }
        if arguments.count == 2, name.text.uppercased() == "POSITION" {
            return "POSITION(\(arguments[0].operand) IN \(arguments[1]))"
        }
        return "\(Keyword(word: name.text) == nil ? name.description : name.text)(\(Self.list(arguments)))"
    }

    private var operand: String {
        switch kind {
        case .literal, .path, .caseWhen, .cast, .extract, .call, .row, .timeUnit: description
        default: "(\(description))"
        }
    }

    static func list(_ expressions: [ExpressionSyntax]) -> String {
        expressions.map(\.description).joined(separator: ", ")
    }
}
