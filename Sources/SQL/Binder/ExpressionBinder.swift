internal import Columnar
internal import Expressions

/// Expressions as written to typed expressions over the columns of a scope.
struct ExpressionBinder {
    let source: SourceText
    let scope: Scope
    var registry: FunctionRegistry { .builtIn }

    func bind(_ syntax: ExpressionSyntax) throws(BindingErrors) -> ScalarExpression {
        switch syntax.kind {
        case .literal(let literal): return try bindLiteral(literal, syntax.range)
        case .path(let path):
            let index = try scope.resolve(path, source)
            return scope.columns[index].reference(at: index)
        case .unary(let op, let operand): return try bindUnary(op, operand, syntax.range)
        case .binary(let op, let left, let right): return try bindBinary(op, left, right, syntax.range)
        case .test(let operand, let test, let isNegated): return try bindTest(operand, test, isNegated, syntax.range)
        case .between(let operand, let low, let high, let isSymmetric, let isNegated):
            let operands = try bindAll([operand, low, high])
            return try build(syntax.range) { () throws(ExpressionError) in
                var result = try ScalarExpression.between(operands[0], operands[1], operands[2])
                if isSymmetric {
                    result = try .disjunction([result, try .between(operands[0], operands[2], operands[1])])
                }
                return isNegated ? try .negation(result) : result
            }
        case .inList(let operand, let items, let isNegated):
            let operands = try bindAll([operand] + items)
            return try build(syntax.range) { () throws(ExpressionError) in
                let result = try ScalarExpression.membership(operands[0], Array(operands[1...]))
                return isNegated ? try .negation(result) : result
            }
        case .like(let operand, let pattern, let escape, let isNegated):
            let operands = try bindAll([operand, pattern])
            let escape = try escape.map { (escape) throws(BindingErrors) in try escapeCharacter(escape) }
            return try build(syntax.range) { () throws(ExpressionError) in
                let result = try ScalarExpression.like(operands[0], operands[1], escape: escape)
                return isNegated ? try .negation(result) : result
            }
        case .caseWhen(let operand, let clauses, let otherwise):
            return try bindCase(operand, clauses, otherwise, syntax.range)
        case .cast(let operand, let type, let isTry): return try bindCast(operand, type, isTry: isTry, syntax.range)
        case .extract(let unit, let operand): return try bindCall("EXTRACT", [operand], unit, syntax.range)
        case .call(let name, let arguments): return try bindCall(name, arguments)
        case .row:
            throw fail(
                .unsupported, "a ROW is only supported yet as a column of a select list", syntax.range)
        case .timeUnit(let unit):
            throw fail(.syntax, "the time unit \(unit.rawValue) is no value", syntax.range)
        case .over:
            throw fail(
                .unsupported, "a window function inside an expression is not supported yet", syntax.range,
                hint: "ROW_NUMBER() OVER (...) may stand alone in a select list")
        }
    }

    /// All of them; the errors of all where some fail.
    func bindAll(_ syntax: [ExpressionSyntax]) throws(BindingErrors) -> [ScalarExpression] {
        var collection = ErrorCollection()
        let bound = syntax.compactMap { item in
            collection.attempt { () throws(BindingErrors) in try bind(item) }
        }
        try collection.check()
        return bound
    }

    /// A condition of WHERE, ON or CASE.
    func bindCondition(_ syntax: ExpressionSyntax) throws(BindingErrors) -> ScalarExpression {
        let bound = try bind(syntax)
        return try build(syntax.range) { () throws(ExpressionError) in try .predicate(bound) }
    }

    // MARK: Operators

    private func bindUnary(
        _ op: ExpressionSyntax.UnaryOperator, _ operand: ExpressionSyntax, _ range: SourceRange
    ) throws(BindingErrors) -> ScalarExpression {
        let bound = try bind(operand)
        return try build(range) { () throws(ExpressionError) in
            switch op {
            case .plus: bound
            case .minus: try .negating(bound)
            case .not: try .negation(bound)
            }
        }
    }

    private func bindBinary(
        _ op: ExpressionSyntax.BinaryOperator, _ left: ExpressionSyntax, _ right: ExpressionSyntax,
        _ range: SourceRange
    ) throws(BindingErrors) -> ScalarExpression {
        if op == .and || op == .or { return try bindLogic(op, left, right, range) }
        let operands = try bindAll([left, right])
        return try build(range) { () throws(ExpressionError) in
            if op == .concatenate { return try registry.call("CONCAT", operands) }
            guard let function = Self.function(of: op) else {
                throw ExpressionError(.unknownFunction, "there is no operator \(op.rawValue)")
            }
            switch function {
            case .add, .subtract, .multiply, .divide, .modulo:
                return try .arithmetic(function, operands[0], operands[1])
            default: return try .comparison(function, operands[0], operands[1])
            }
        }
    }

    private static func function(of op: ExpressionSyntax.BinaryOperator) -> ScalarFunction? {
        switch op {
        case .equal: .equal
        case .notEqual: .notEqual
        case .less: .less
        case .lessOrEqual: .lessOrEqual
        case .greater: .greater
        case .greaterOrEqual: .greaterOrEqual
        case .isDistinctFrom: .distinct
        case .isNotDistinctFrom: .notDistinct
        case .add: .add
        case .subtract: .subtract
        case .multiply: .multiply
        case .divide: .divide
        case .remainder: .modulo
        case .and, .or, .concatenate: nil
        }
    }

    /// Chains of AND and OR become one node, so that a long chain is not a deep tree.
    private func bindLogic(
        _ op: ExpressionSyntax.BinaryOperator, _ left: ExpressionSyntax, _ right: ExpressionSyntax,
        _ range: SourceRange
    ) throws(BindingErrors) -> ScalarExpression {
        var operands = [right]
        var rest = left
        while case .binary(let next, let nextLeft, let nextRight) = rest.kind, next == op {
            operands.append(nextRight)
            rest = nextLeft
        }
        operands.append(rest)
        var collection = ErrorCollection()
        let bound = operands.reversed().compactMap { operand in
            collection.attempt { () throws(BindingErrors) in try bindCondition(operand) }
        }
        try collection.check()
        return try build(range) { () throws(ExpressionError) in
            op == .and ? try .conjunction(bound) : try .disjunction(bound)
        }
    }

    private func bindTest(
        _ operand: ExpressionSyntax, _ test: ExpressionSyntax.Test, _ isNegated: Bool, _ range: SourceRange
    ) throws(BindingErrors) -> ScalarExpression {
        let bound = test == .null ? try bind(operand) : try bindCondition(operand)
        let function: ScalarFunction =
            switch (test, isNegated) {
            case (.null, false), (.unknown, false): .isNull
            case (.null, true), (.unknown, true): .isNotNull
            case (.true, false): .isTrue
            case (.true, true): .isNotTrue
            case (.false, false): .isFalse
            case (.false, true): .isNotFalse
            }
        return try build(range) { () throws(ExpressionError) in try .test(function, bound) }
    }

    private func bindCase(
        _ operand: ExpressionSyntax?, _ clauses: [ExpressionSyntax.WhenClause], _ otherwise: ExpressionSyntax?,
        _ range: SourceRange
    ) throws(BindingErrors) -> ScalarExpression {
        let conditions = try bindAll(clauses.map(\.condition))
        let results = try bindAll(clauses.map(\.result))
        let subject = try operand.map { (operand) throws(BindingErrors) in try bind(operand) }
        let fallback = try otherwise.map { (otherwise) throws(BindingErrors) in try bind(otherwise) }
        return try build(range) { () throws(ExpressionError) in
            var branches: [(condition: ScalarExpression, result: ScalarExpression)] = []
            for (condition, result) in zip(conditions, results) {
                let test = try subject.map { (subject) throws(ExpressionError) in
                    try ScalarExpression.comparison(.equal, subject, condition)
                }
                branches.append((test ?? condition, result))
            }
            return try .caseWhen(branches, otherwise: fallback)
        }
    }

    private func bindCast(
        _ operand: ExpressionSyntax, _ type: TypeSyntax, isTry: Bool, _ range: SourceRange
    ) throws(BindingErrors) -> ScalarExpression {
        let bound = try bind(operand)
        let target = try TypeResolver(source: source).resolve(type)
        return try build(range) { () throws(ExpressionError) in
            try .casting(bound, to: .value(target), mode: isTry ? .null : .fail)
        }
    }

    private func escapeCharacter(_ syntax: ExpressionSyntax) throws(BindingErrors) -> Unicode.Scalar {
        guard case .literal(.string(let text)) = syntax.kind, text.unicodeScalars.count == 1,
            let scalar = text.unicodeScalars.first
        else { throw fail(.syntax, "ESCAPE takes a string literal of one character", syntax.range) }
        return scalar
    }

    // MARK: Errors

    /// Runs a builder; what it refuses is an error at `range`, and so is a constant that cannot be computed. Constants
    /// are folded.
    func build(
        _ range: SourceRange, _ body: () throws(ExpressionError) -> ScalarExpression
    ) throws(BindingErrors) -> ScalarExpression {
        do throws(ExpressionError) {
            let expression = try body()
            // Operands have been through here; what the builder put around them, which is never deep, has not.
            try expression.checkConstants(depth: 3)
            return expression.isConstant ? expression.folded() : expression
        } catch {
            guard error.isRowError else { throw fail(error.code.sqlCode, error.message, range) }
            throw fail(
                .invalidConstant, "a constant here cannot be computed: \(error.code.explanation)", range)
        }
    }

    func fail(
        _ code: SQLError.Code, _ message: String, _ range: SourceRange, hint: String? = nil
    ) -> BindingErrors {
        BindingErrors(source.error(code, message, at: range, hint: hint))
    }
}

extension ScalarExpression {
    /// Throws what every row would meet: the error of a constant part, `depth` levels down.
    fileprivate func checkConstants(depth: Int) throws(ExpressionError) {
        if literal != nil { return }
        guard isConstant else {
            if depth > 1 { for child in children { try child.checkConstants(depth: depth - 1) } }
            return
        }
        guard isDeterministic, folded().literal == nil else { return }
        // What the session's zone decides is not folded here; whether it can be computed does not depend on the zone.
        let row = RecordBatch(schema: Schema([]), columns: [], rowCount: 1)
        _ = try CompiledProjection([self]).evaluate(row, EvaluationContext(now: 0))
    }
}

extension ExpressionError.Code {
    /// The kind of mistake that a builder's refusal is.
    var sqlCode: SQLError.Code {
        switch self {
        case .unknownFunction, .unknownTimeZone: .unknownName
        case .noMatchingSignature, .invalidCast: .typeMismatch
        default: .invalidConstant
        }
    }
}
