internal import Columnar
internal import Expressions

/// The ON condition of a join, taken apart. Columns are those of the left side followed by those of the right.
struct JoinCondition {
    /// `left = right column`.
    struct Equality {
        /// Over the left columns.
        var left: ScalarExpression
        /// Position in the right columns.
        var right: Int
        /// The type that both are compared as.
        var type: ExpressionType
        /// The whole conjunct, in case that it is not used as a key.
        var conjunct: ScalarExpression
    }

    var equalities: [Equality] = []
    /// What is no equality of that form.
    var residual: [ScalarExpression] = []

    init(_ condition: ScalarExpression, leftCount: Int) {
        for conjunct in condition.conjuncts {
            if let equality = Self.equality(conjunct, leftCount: leftCount) {
                equalities.append(equality)
            } else {
                residual.append(conjunct)
            }
        }
    }

    private static func equality(_ conjunct: ScalarExpression, leftCount: Int) -> Equality? {
        guard case .call(let call) = conjunct, call.function == .equal, call.arguments.count == 2 else { return nil }
        for (left, right) in [(call.arguments[0], call.arguments[1]), (call.arguments[1], call.arguments[0])] {
            guard left.referencedColumns.allSatisfy({ $0 < leftCount }), left.isDeterministic,
                let column = column(right), column >= leftCount
            else { continue }
            return Equality(left: left, right: column - leftCount, type: left.type, conjunct: conjunct)
        }
        return nil
    }

    /// The column that an operand is, a conversion around it or not.
    private static func column(_ expression: ScalarExpression) -> Int? {
        switch expression {
        case .column(let reference): reference.index
        case .cast(.column(let reference), _, .fail): reference.index
        default: nil
        }
    }
}
