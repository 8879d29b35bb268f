internal import Columnar

extension ScalarExpression: CustomStringConvertible {
    /// The expression as SQL, for error messages and EXPLAIN.
    package var description: String {
        switch self {
        case .column(let reference): reference.name
        case .literal(let literal): literal.description
        case .call(let call): call.description
        case .conditional(let conditional):
            conditional.branches.reduce("CASE") { "\($0) WHEN \($1.condition) THEN \($1.result)" }
                + (conditional.otherwise.literal?.value == .null ? " END" : " ELSE \(conditional.otherwise) END")
        case .coalesce(let operands): "COALESCE(\(Self.list(operands)))"
        case .cast(let operand, let type, let mode): "\(mode == .fail ? "CAST" : "TRY_CAST")(\(operand) AS \(type))"
        case .and(let operands): operands.map { $0.nested }.joined(separator: " AND ")
        case .or(let operands): operands.map { $0.nested }.joined(separator: " OR ")
        case .not(let operand): "NOT \(operand.nested)"
        case .inList(let operand, let values):
            "\(operand.nested) IN (\(values.map { Literal($0, operand.type).description }.joined(separator: ", ")))"
        }
    }

    static func list(_ expressions: [ScalarExpression]) -> String {
        expressions.map { $0.description }.joined(separator: ", ")
    }

    /// In parentheses where it would bind differently inside another expression.
    var nested: String {
        switch self {
        case .and, .or, .not, .inList: "(\(self))"
        case .call(let call) where call.isInfix: "(\(self))"
        default: description
        }
    }
}

extension FunctionCall: CustomStringConvertible {
    var isInfix: Bool {
        switch function {
        case .add, .subtract, .multiply, .divide, .modulo, .negate, .equal, .notEqual, .less, .lessOrEqual, .greater,
            .greaterOrEqual, .distinct, .notDistinct, .isNull, .isNotNull, .isTrue, .isNotTrue, .isFalse, .isNotFalse,
            .like, .addInterval, .subtractInterval:
            true
        default: false
        }
    }

    package var description: String {
        let name = function.sqlName
        switch function {
        case .negate: return "-\(arguments[0].nested)"
        case .isNull, .isNotNull, .isTrue, .isNotTrue, .isFalse, .isNotFalse: return "\(arguments[0].nested) \(name)"
        case .like(let escape):
            let ending = escape.map { " ESCAPE '\($0)'" } ?? ""
            return "\(arguments[0].nested) LIKE \(arguments[1].nested)\(ending)"
        case .extract(let unit): return "EXTRACT(\(unit.rawValue) FROM \(arguments[0]))"
        case .floorTime(let unit): return "FLOOR(\(arguments[0]) TO \(unit.rawValue))"
        case .ceilingTime(let unit): return "CEIL(\(arguments[0]) TO \(unit.rawValue))"
        case .timestampAdd(let unit), .timestampDifference(let unit):
            return "\(name)(\(unit.rawValue), \(ScalarExpression.list(arguments)))"
        case .toTimestampLTZ(let precision) where arguments.count == 1 && arguments[0].type.isNumeric:
            return "\(name)(\(arguments[0]), \(precision))"
        default:
            if isInfix { return "\(arguments[0].nested) \(name) \(arguments[1].nested)" }
            return "\(name)(\(ScalarExpression.list(arguments)))"
        }
    }
}

extension Literal: CustomStringConvertible {
    /// The constant as an SQL literal.
    package var description: String {
        switch value {
        case .null: type == .null ? "NULL" : "CAST(NULL AS \(type))"
        case .boolean(let value): value ? "TRUE" : "FALSE"
        case .int(let value): "\(value)"
        case .bigint(let value): "\(value)"
        case .double(let value): "CAST(\(value) AS DOUBLE)"
        case .decimal(let value): DecimalText.text(value, scale: type.decimalShape?.scale ?? 0)
        case .string(let value):
            "'\(value.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''"))'"
        case .bytes(let value): "X'\(value.map { Self.hex($0 >> 4) + Self.hex($0 & 15) }.joined())'"
        case .date(let days): "DATE '\(TimeText.date(days))'"
        case .timestamp(let value):
            if case .value(.timestampLTZ) = type {
                "TIMESTAMP_LTZ '\(TimeText.timestamp(value, precision: 6))Z'"
            } else {
                "TIMESTAMP '\(TimeText.timestamp(value, precision: 6))'"
            }
        case .intervalMonths(let value): "INTERVAL '\(value)' MONTH"
        case .intervalMicroseconds(let value):
            value % 1_000_000 == 0
                ? "INTERVAL '\(value / 1_000_000)' SECOND"
                : "INTERVAL '\(DecimalText.text(Int128(value), scale: 6))' SECOND"
        }
    }

    private static func hex(_ digit: UInt8) -> String { String(digit, radix: 16, uppercase: true) }
}
