import Columnar
import Expressions

/// Evaluates an expression for one row, value by value: what the kernels must agree with.
struct OracleInterpreter {
    /// The columns of the row.
    let row: [ScalarValue]

    func value(_ expression: ScalarExpression) throws(ExpressionError.Code) -> ScalarValue {
        switch expression {
        case .column(let reference): return row[reference.index]
        case .literal(let literal): return literal.value
        case .call(let call): return try self.call(call)
        case .conditional(let conditional):
            for branch in conditional.branches where try value(branch.condition) == .boolean(true) {
                return try value(branch.result)
            }
            return try value(conditional.otherwise)
        case .coalesce(let operands):
            for operand in operands {
                let value = try value(operand)
                if value != .null { return value }
            }
            return .null
        case .cast(let operand, let type, let mode):
            let source = try value(operand)
            if source == .null { return .null }
            do throws(ExpressionError.Code) {
                return try cast(source, operand.type, type)
            } catch {
                if mode == .null { return .null }
                throw error
            }
        case .and(let operands): return try junction(operands, deciding: false)
        case .or(let operands): return try junction(operands, deciding: true)
        case .not(let operand):
            if case .boolean(let value) = try value(operand) { return .boolean(!value) }
            return .null
        case .inList(let operand, let values):
            let value = try value(operand)
            if value == .null { return .null }
            if values.contains(value) { return .boolean(true) }
            return values.contains(.null) ? .null : .boolean(false)
        }
    }

    private func junction(
        _ operands: [ScalarExpression], deciding: Bool
    ) throws(ExpressionError.Code) -> ScalarValue {
        var hasNull = false
        for operand in operands {
            let value = try value(operand)
            if value == .boolean(deciding) { return value }
            if value == .null { hasNull = true }
        }
        return hasNull ? .null : .boolean(!deciding)
    }

    private func call(_ call: FunctionCall) throws(ExpressionError.Code) -> ScalarValue {
        var values: [ScalarValue] = []
        for argument in call.arguments { values.append(try value(argument)) }
        switch call.function {
        case .isNull: return .boolean(values[0] == .null)
        case .isNotNull: return .boolean(values[0] != .null)
        case .isTrue: return .boolean(values[0] == .boolean(true))
        case .isNotTrue: return .boolean(values[0] != .boolean(true))
        case .isFalse: return .boolean(values[0] == .boolean(false))
        case .isNotFalse: return .boolean(values[0] != .boolean(false))
        case .distinct, .notDistinct:
            let isAlike = values.contains(.null) ? values[0] == values[1] : Self.order(values[0], values[1]) == 0
            return .boolean(isAlike == (call.function == .notDistinct))
        default: break
        }
        if values.contains(.null) { return .null }
        switch call.function {
        case .equal: return .boolean(Self.order(values[0], values[1]) == 0)
        case .notEqual: return .boolean(Self.order(values[0], values[1]) != 0)
        case .less: return .boolean(Self.order(values[0], values[1]).map { $0 < 0 } ?? false)
        case .lessOrEqual: return .boolean(Self.order(values[0], values[1]).map { $0 <= 0 } ?? false)
        case .greater: return .boolean(Self.order(values[0], values[1]).map { $0 > 0 } ?? false)
        case .greaterOrEqual: return .boolean(Self.order(values[0], values[1]).map { $0 >= 0 } ?? false)
        case .greatest, .least:
            var best = values[0]
            for value in values.dropFirst() {
                let isLarger = (Self.order(value, best) ?? 0) > 0
                if isLarger == (call.function == .greatest), Self.order(value, best) != 0 { best = value }
            }
            return best
        case .concat: return .string(values.map { Self.text($0) }.joined())
        case .upper: return .string(Self.text(values[0]).uppercased())
        case .lower: return .string(Self.text(values[0]).lowercased())
        case .characterLength: return .int(Int32(Self.text(values[0]).unicodeScalars.count))
        case .reverse:
            return .string(String(String.UnicodeScalarView(Self.text(values[0]).unicodeScalars.reversed())))
        case .left, .right:
            guard case .bigint(let count) = values[1] else { preconditionFailure("\(values)") }
            let scalars = Self.text(values[0]).unicodeScalars
            let part = max(0, Int(clamping: count))
            return .string(
                call.function == .left
                    ? String(String.UnicodeScalarView(scalars.prefix(part)))
                    : String(String.UnicodeScalarView(scalars.suffix(part))))
        default: return try arithmetic(call, values)
        }
    }

    static func text(_ value: ScalarValue) -> String {
        if case .string(let text) = value { return text }
        preconditionFailure("\(value) is no text")
    }

    /// Nil where one is no number.
    static func order(_ left: ScalarValue, _ right: ScalarValue) -> Int? {
        func compare<Value: Comparable>(_ one: Value, _ other: Value) -> Int { one < other ? -1 : one > other ? 1 : 0 }
        switch (left, right) {
        case (.boolean(let one), .boolean(let other)): return compare(one ? 1 : 0, other ? 1 : 0)
        case (.int(let one), .int(let other)), (.date(let one), .date(let other)): return compare(one, other)
        case (.bigint(let one), .bigint(let other)), (.timestamp(let one), .timestamp(let other)):
            return compare(one, other)
        case (.double(let one), .double(let other)): return one.isNaN || other.isNaN ? nil : compare(one, other)
        case (.decimal(let one), .decimal(let other)): return compare(one, other)
        case (.string(let one), .string(let other)):
            let (first, second) = (Array(one.unicodeScalars), Array(other.unicodeScalars))
            return first.lexicographicallyPrecedes(second) ? -1 : second.lexicographicallyPrecedes(first) ? 1 : 0
        default: preconditionFailure("\(left) against \(right)")
        }
    }

    private func arithmetic(
        _ call: FunctionCall, _ values: [ScalarValue]
    ) throws(ExpressionError.Code) -> ScalarValue {
        switch (values[0], values.count > 1 ? values[1] : values[0]) {
        case (.int(let left), .int(let right)):
            let result = try integer(call.function, Int128(left), Int128(right))
            guard let value = Int32(exactly: result) else { throw .arithmeticOverflow }
            return .int(value)
        case (.bigint(let left), .bigint(let right)):
            let result = try integer(call.function, Int128(left), Int128(right))
            guard let value = Int64(exactly: result) else { throw .arithmeticOverflow }
            return .bigint(value)
        case (.double(let left), .double(let right)):
            switch call.function {
            case .add: return .double(left + right)
            case .subtract: return .double(left - right)
            case .multiply: return .double(left * right)
            case .divide: return .double(left / right)
            case .modulo: return .double(left.truncatingRemainder(dividingBy: right))
            case .negate: return .double(-left)
            default: return .double(abs(left))
            }
        case (.decimal(let left), .decimal(let right)): return try decimal(call, left, right)
        default: preconditionFailure("\(call) of \(values)")
        }
    }

    private func integer(
        _ function: ScalarFunction, _ left: Int128, _ right: Int128
    ) throws(ExpressionError.Code) -> Int128 {
        switch function {
        case .add: return left + right
        case .subtract: return left - right
        case .multiply: return left * right
        case .divide, .modulo:
            if right == 0 { throw .divisionByZero }
            return function == .divide ? left / right : left % right
        case .negate: return -left
        default: return abs(left)
        }
    }

    private func decimal(
        _ call: FunctionCall, _ left: Int128, _ right: Int128
    ) throws(ExpressionError.Code) -> ScalarValue {
        if call.function == .negate { return .decimal(-left) }
        if call.function == .absolute { return .decimal(abs(left)) }
        guard let one = call.arguments[0].type.decimalShape, let other = call.arguments[1].type.decimalShape,
            let result = call.type.decimalShape
        else { preconditionFailure("\(call)") }
        let common = max(one.scale, other.scale)
        let first = SchoolNumber(left)
        let second = SchoolNumber(right)
        let exact: SchoolNumber
        var scale = common
        switch call.function {
        case .add: exact = first.shifted(by: common - one.scale) + second.shifted(by: common - other.scale)
        case .subtract:
            exact = first.shifted(by: common - one.scale) + second.shifted(by: common - other.scale).negated
        case .multiply:
            exact = first * second
            scale = one.scale + other.scale
        case .divide:
            if right == 0 { throw .divisionByZero }
            // Both sides grow so that the quotient has the result's scale.
            let shift = result.scale - one.scale + other.scale
            exact = first.shifted(by: max(shift, 0)).dividedHalfUp(by: second.shifted(by: max(-shift, 0)))
            scale = result.scale
        default:
            if right == 0 { throw .divisionByZero }
            exact = first.shifted(by: common - one.scale).divided(by: second.shifted(by: common - other.scale)).rest
        }
        return .decimal(try rounded(exact, scale, result, .arithmeticOverflow))
    }

    private func rounded(
        _ number: SchoolNumber, _ scale: Int, _ target: (precision: Int, scale: Int), _ code: ExpressionError.Code
    ) throws(ExpressionError.Code) -> Int128 {
        let result =
            scale > target.scale
            ? number.dividedHalfUp(by: SchoolNumber(1).shifted(by: scale - target.scale))
            : number.shifted(by: target.scale - scale)
        guard result.digitCount <= target.precision, let value = result.value else { throw code }
        return value
    }

    private func cast(
        _ value: ScalarValue, _ source: ExpressionType, _ target: ExpressionType
    ) throws(ExpressionError.Code) -> ScalarValue {
        if source == target { return value }
        if target == .string {
            switch value {
            case .int(let number): return .string(String(number))
            case .bigint(let number): return .string(String(number))
            case .boolean(let truth): return .string(truth ? "TRUE" : "FALSE")
            default: break
            }
        }
        switch (value, target) {
        case (.double(let number), .int), (.double(let number), .bigint):
            let whole = number.rounded(.towardZero)
            let limit = target == .int ? 2_147_483_648.0 : 9_223_372_036_854_775_808.0
            guard whole >= -limit, whole < limit else { throw .numericOutOfRange }
            return target == .int ? .int(Int32(whole)) : .bigint(Int64(whole))
        case (.double(let number), .boolean): return .boolean(number != 0)
        default: break
        }
        guard let exact = Self.exact(value) else { preconditionFailure("cast of \(value) to \(target)") }
        let scale = source.isDecimal ? source.decimalShape?.scale ?? 0 : 0
        switch target {
        case .boolean: return .boolean(exact != 0)
        case .double: return .double(Double(exact) / Double(Self.power(scale)))
        case .int:
            guard let number = Int32(exactly: exact / Self.power(scale)) else { throw .numericOutOfRange }
            return .int(number)
        case .bigint:
            guard let number = Int64(exactly: exact / Self.power(scale)) else { throw .numericOutOfRange }
            return .bigint(number)
        default:
            guard let shape = target.decimalShape else { preconditionFailure("cast to \(target)") }
            return .decimal(try rounded(SchoolNumber(exact), scale, shape, .numericOutOfRange))
        }
    }

    private static func power(_ digits: Int) -> Int128 {
        SchoolNumber(1).shifted(by: digits).value ?? 0
    }

    private static func exact(_ value: ScalarValue) -> Int128? {
        switch value {
        case .boolean(let truth): truth ? 1 : 0
        case .int(let number): Int128(number)
        case .bigint(let number): Int128(number)
        case .decimal(let number): number
        default: nil
        }
    }
}
