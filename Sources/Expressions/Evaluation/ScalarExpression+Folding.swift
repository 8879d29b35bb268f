internal import Columnar

extension ScalarExpression {
    /// The expression with its constant parts replaced by their values and with conditions that are decided taken out.
    ///
    /// What would fail stays, so that it fails in the rows that reach it; what reads the clock stays.
    /// - Parameter timeZone: the session's; without it what depends on the zone stays too.
    package func folded(timeZone: SessionTimeZone? = nil) -> ScalarExpression {
        let expression = mappingChildren { $0.folded(timeZone: timeZone) }.simplified
        switch expression {
        case .column, .literal: return expression
        default: break
        }
        guard expression.children.allSatisfy({ $0.literal != nil }), expression.isDeterministic,
            timeZone != nil || !expression.dependsOnTimeZone
        else { return expression }
        return expression.evaluated(timeZone ?? .utc).map { .literal($0) } ?? expression
    }

    /// Whether the step itself, not its operands, reads the session's time zone.
    private var dependsOnTimeZone: Bool {
        if case .call(let call) = self {
            switch call.function {
            case .fromUnixTime, .unixTimestamp: return true
            case .toTimestampLTZ: return call.arguments[0].type == .string
            default: break
            }
        }
        return (children.map { $0.type } + [type]).contains {
            if case .value(.timestampLTZ) = $0 { true } else { false }
        }
    }

    /// The value of a constant expression; nil where it fails.
    private func evaluated(_ timeZone: SessionTimeZone) -> Literal? {
        let row = RecordBatch(schema: Schema([]), columns: [], rowCount: 1)
        guard let projection = try? CompiledProjection([self]),
            let column = try? projection.evaluate(row, EvaluationContext(now: 0, timeZone: timeZone))[0]
        else { return nil }
        return Literal(column.value(0, type), type)
    }

    /// AND, OR, CASE and COALESCE without operands that decide nothing.
    private var simplified: ScalarExpression {
        switch self {
        case .and(let operands): Self.junction(operands, neutral: true) { .and($0) }
        case .or(let operands): Self.junction(operands, neutral: false) { .or($0) }
        case .conditional(let conditional): conditional.simplified
        case .coalesce(let operands):
            Self.coalescing(operands.filter { $0.literal?.value != .null }, type)
        case .call(let call) where call.function == .isNull && !call.arguments[0].isNullable && !canFail:
            .literal(.false)
        case .call(let call) where call.function == .isNotNull && !call.arguments[0].isNullable && !canFail:
            .literal(.true)
        default: self
        }
    }

    private static func junction(
        _ operands: [ScalarExpression], neutral: Bool, _ make: ([ScalarExpression]) -> ScalarExpression
    ) -> ScalarExpression {
        let deciding = Literal.boolean(!neutral)
        var kept: [ScalarExpression] = []
        for operand in operands where operand.literal != .boolean(neutral) {
            kept.append(operand)
            // Nothing behind it is reached.
            if operand.literal == deciding { break }
        }
        if kept.isEmpty { return .literal(.boolean(neutral)) }
        // Before a constant that decides, only what may fail has an effect.
        if kept[kept.count - 1].literal == deciding, !kept.contains(where: { $0.canFail }) { return .literal(deciding) }
        return kept.count == 1 ? kept[0] : make(kept)
    }

    private static func coalescing(_ operands: [ScalarExpression], _ type: ExpressionType) -> ScalarExpression {
        var kept: [ScalarExpression] = []
        for operand in operands {
            kept.append(operand)
            if !operand.isNullable { break }
        }
        if kept.isEmpty { return .literal(.null(of: type)) }
        return kept.count == 1 ? kept[0] : .coalesce(kept)
    }
}

extension Conditional {
    /// Without branches that are never taken and those behind one that always is.
    fileprivate var simplified: ScalarExpression {
        var kept: [Branch] = []
        var last = otherwise
        for branch in branches {
            if let literal = branch.condition.literal {
                if literal.value != .boolean(true) { continue }
                last = branch.result
                break
            }
            kept.append(branch)
        }
        return kept.isEmpty ? last : .conditional(Conditional(branches: kept, otherwise: last))
    }
}
