internal import Columnar

/// Builders of what is not written as a function call; they convert the operands as Flink does.
extension ScalarExpression {
    /// `operand` as `type`, unchanged where it has that type.
    package static func casting(
        _ operand: ScalarExpression, to type: ExpressionType, mode: CastMode = .fail
    ) throws(ExpressionError) -> ScalarExpression {
        if operand.type == type { return operand }
        guard operand.type.isCastable(to: type) else {
            throw ExpressionError(
                .invalidCast, "cannot cast \(operand.type) to \(type)", expression: operand.description)
        }
        return convert(operand, type, mode)
    }

    /// For conversions known to exist; converts constants that need no clock or zone right away.
    static func convert(
        _ operand: ScalarExpression, _ type: ExpressionType, _ mode: CastMode = .fail
    ) -> ScalarExpression {
        if operand.type == type { return operand }
        if case .literal(let literal) = operand, literal.value == .null { return .literal(.null(of: type)) }
        let cast = ScalarExpression.cast(operand, to: type, mode: mode)
        return operand.literal == nil ? cast : cast.folded()
    }

    /// + - * / % on numbers, dates, timestamps and intervals.
    package static func arithmetic(
        _ function: ScalarFunction, _ left: ScalarExpression, _ right: ScalarExpression
    ) throws(ExpressionError) -> ScalarExpression {
        if let result = temporalArithmetic(function, left, right) { return result }
        var (leftType, rightType) = (left.type, right.type)
        if leftType == .null { leftType = rightType == .null ? .int : rightType }
        if rightType == .null { rightType = leftType }
        guard let result = ExpressionType.arithmeticResult(function, leftType, rightType) else {
            throw mismatch(function, [left, right])
        }
        if result.isDecimal {
            return .call(FunctionCall(function, [asDecimal(left, leftType), asDecimal(right, rightType)], result))
        }
        return .call(FunctionCall(function, [convert(left, result), convert(right, result)], result))
    }

    private static func asDecimal(_ operand: ScalarExpression, _ type: ExpressionType) -> ScalarExpression {
        guard let shape = type.decimalShape else { return operand }
        return convert(operand, .decimal(shape.precision, shape.scale))
    }

    private static func temporalArithmetic(
        _ function: ScalarFunction, _ left: ScalarExpression, _ right: ScalarExpression
    ) -> ScalarExpression? {
        switch (function, left.type, right.type) {
        case (.add, let time, let interval) where time.isTemporal && interval.isInterval:
            return addingInterval(.addInterval, left, right)
        case (.add, let interval, let time) where time.isTemporal && interval.isInterval:
            return addingInterval(.addInterval, right, left)
        case (.subtract, let time, let interval) where time.isTemporal && interval.isInterval:
            return addingInterval(.subtractInterval, left, right)
        case (.add, let one, let other), (.subtract, let one, let other):
            guard one.isInterval, one == other else { return nil }
            return .call(FunctionCall(function, [left, right], one))
        case (.multiply, let interval, let factor) where interval.isInterval && factor.isInteger:
            return .call(FunctionCall(.multiply, [left, convert(right, .bigint)], interval))
        case (.multiply, let factor, let interval) where interval.isInterval && factor.isInteger:
            return .call(FunctionCall(.multiply, [right, convert(left, .bigint)], interval))
        default: return nil
        }
    }

    /// A DATE stays one under months; under a day-time interval it becomes a TIMESTAMP where the interval is no number of days.
    private static func addingInterval(
        _ function: ScalarFunction, _ time: ScalarExpression, _ interval: ScalarExpression
    ) -> ScalarExpression {
        var time = time
        if time.type == .date, interval.type == .intervalMicroseconds {
            let isDays =
                if case .intervalMicroseconds(let value)? = interval.literal?.value {
                    value % 86_400_000_000 == 0
                } else {
                    false
                }
            if !isDays { time = convert(time, .timestamp(3)) }
        }
        return .call(FunctionCall(function, [time, interval], time.type))
    }

    /// Unary minus.
    package static func negating(_ operand: ScalarExpression) throws(ExpressionError) -> ScalarExpression {
        guard operand.type.isNumeric || operand.type.isInterval || operand.type == .null else {
            throw mismatch(.negate, [operand])
        }
        let operand = operand.type == .null ? convert(operand, .int) : operand
        return .call(FunctionCall(.negate, [operand], operand.type))
    }

    /// = <> < <= > >= and IS [NOT] DISTINCT FROM.
    package static func comparison(
        _ function: ScalarFunction, _ left: ScalarExpression, _ right: ScalarExpression
    ) throws(ExpressionError) -> ScalarExpression {
        guard let type = ExpressionType.commonForComparison(left.type, right.type) else {
            throw mismatch(function, [left, right])
        }
        let operand = type == .null ? ExpressionType.boolean : type
        return .call(FunctionCall(function, [convert(left, operand), convert(right, operand)], .boolean))
    }

    /// `operand BETWEEN low AND high`; negate it with `.not`.
    package static func between(
        _ operand: ScalarExpression, _ low: ScalarExpression, _ high: ScalarExpression
    ) throws(ExpressionError) -> ScalarExpression {
        .and([try comparison(.greaterOrEqual, operand, low), try comparison(.lessOrEqual, operand, high)])
    }

    /// `operand IN (elements)`; negate it with `.not`.
    package static func membership(
        _ operand: ScalarExpression, _ elements: [ScalarExpression]
    ) throws(ExpressionError) -> ScalarExpression {
        var type = operand.type
        for element in elements {
            guard let next = ExpressionType.commonForComparison(type, element.type) else {
                throw ExpressionError(
                    .noMatchingSignature, "IN cannot compare \(type) with \(element.type); CAST one of them",
                    expression: element.description)
            }
            type = next
        }
        let target = type == .null ? ExpressionType.boolean : type
        let left = convert(operand, target)
        let values = elements.map { convert($0, target).folded() }
        let constants = values.compactMap { $0.literal?.value }
        if constants.count == values.count { return .inList(left, constants) }
        let tests = values.map { ScalarExpression.call(FunctionCall(.equal, [left, $0], .boolean)) }
        return tests.count == 1 ? tests[0] : .or(tests)
    }

    /// CASE; `otherwise` nil is ELSE NULL. Conditions must be BOOLEAN; results get their common type.
    package static func caseWhen(
        _ branches: [(condition: ScalarExpression, result: ScalarExpression)], otherwise: ScalarExpression?
    ) throws(ExpressionError) -> ScalarExpression {
        let otherwise = otherwise ?? .literal(.null)
        let types = branches.map { $0.result.type } + [otherwise.type]
        guard let type = ExpressionType.common(types) else {
            let names = types.map { $0.description }.joined(separator: ", ")
            throw ExpressionError(
                .noMatchingSignature, "the results of CASE have no common type: \(names); CAST them to one")
        }
        var converted: [Conditional.Branch] = []
        for branch in branches {
            converted.append(
                Conditional.Branch(try predicate(branch.condition), convert(branch.result, type)))
        }
        return .conditional(Conditional(branches: converted, otherwise: convert(otherwise, type)))
    }

    /// The first operand that is not null.
    package static func coalescing(_ operands: [ScalarExpression]) throws(ExpressionError) -> ScalarExpression {
        guard let type = ExpressionType.common(operands.map { $0.type }) else {
            throw mismatch("COALESCE", operands)
        }
        var used: [ScalarExpression] = []
        for operand in operands where operand.type != .null {
            used.append(convert(operand, type))
            if !operand.isNullable { break }
        }
        if used.isEmpty { return .literal(.null(of: type)) }
        return used.count == 1 ? used[0] : .coalesce(used)
    }

    /// AND of one or more BOOLEAN operands.
    package static func conjunction(_ operands: [ScalarExpression]) throws(ExpressionError) -> ScalarExpression {
        let operands = try operands.map(predicate)
        return operands.count == 1 ? operands[0] : .and(operands.flatMap { $0.conjuncts })
    }

    /// OR of one or more BOOLEAN operands.
    package static func disjunction(_ operands: [ScalarExpression]) throws(ExpressionError) -> ScalarExpression {
        let operands = try operands.map(predicate)
        return operands.count == 1 ? operands[0] : .or(operands)
    }

    /// NOT of a BOOLEAN operand.
    package static func negation(_ operand: ScalarExpression) throws(ExpressionError) -> ScalarExpression {
        .not(try predicate(operand))
    }

    /// IS NULL, IS NOT NULL (any type) and IS [NOT] TRUE/FALSE (BOOLEAN); IS UNKNOWN is IS NULL.
    package static func test(
        _ function: ScalarFunction, _ operand: ScalarExpression
    ) throws(ExpressionError) -> ScalarExpression {
        switch function {
        case .isNull, .isNotNull: .call(FunctionCall(function, [operand], .boolean))
        default: .call(FunctionCall(function, [try predicate(operand)], .boolean))
        }
    }

    /// `operand LIKE pattern [ESCAPE escape]`; without an escape character backslash has no special meaning.
    package static func like(
        _ operand: ScalarExpression, _ pattern: ScalarExpression, escape: Unicode.Scalar? = nil
    ) throws(ExpressionError) -> ScalarExpression {
        let accepted: [ExpressionType] = [.string, .null]
        guard accepted.contains(operand.type), accepted.contains(pattern.type) else {
            throw mismatch("LIKE", [operand, pattern])
        }
        let arguments = [convert(operand, .string), convert(pattern, .string)]
        return .call(FunctionCall(.like(escape: escape), arguments, .boolean))
    }

    /// `operand` as a BOOLEAN that WHERE, ON, CASE or AND takes.
    package static func predicate(_ operand: ScalarExpression) throws(ExpressionError) -> ScalarExpression {
        if operand.type == .boolean { return operand }
        if operand.type == .null { return convert(operand, .boolean) }
        throw ExpressionError(
            .noMatchingSignature, "a condition must be BOOLEAN, and this is \(operand.type); compare it with something",
            expression: operand.description)
    }

    static func mismatch(_ function: ScalarFunction, _ operands: [ScalarExpression]) -> ExpressionError {
        mismatch(function.sqlName, operands)
    }

    static func mismatch(_ name: String, _ operands: [ScalarExpression]) -> ExpressionError {
        let types = operands.map { $0.type.description }.joined(separator: ", ")
        return ExpressionError(.noMatchingSignature, "\(name) does not take (\(types)); CAST an operand")
    }
}
