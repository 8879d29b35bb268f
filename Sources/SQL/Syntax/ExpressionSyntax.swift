/// An expression as written, with its place.
package struct ExpressionSyntax: Hashable, Sendable {
    /// Operators before one operand.
    package enum UnaryOperator: String, Hashable, Sendable {
        case plus = "+"
        case minus = "-"
        case not = "NOT"
    }

    /// Operators between two operands.
    package enum BinaryOperator: String, Hashable, Sendable {
        case or = "OR"
        case and = "AND"
        case equal = "="
        case notEqual = "<>"
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        case isDistinctFrom = "IS DISTINCT FROM"
        case isNotDistinctFrom = "IS NOT DISTINCT FROM"
        case concatenate = "||"
        case add = "+"
        case subtract = "-"
        case multiply = "*"
        case divide = "/"
        case remainder = "%"
    }

    /// What `IS` asks.
    package enum Test: String, Hashable, Sendable {
        case null = "NULL"
        case `true` = "TRUE"
        case `false` = "FALSE"
        case unknown = "UNKNOWN"
    }

    /// `WHEN condition THEN result` of a CASE.
    package struct WhenClause: Hashable, Sendable {
        package let condition: ExpressionSyntax
        package let result: ExpressionSyntax
    }

    /// One expression of an ORDER BY.
    package struct SortKey: Hashable, Sendable {
        package let expression: ExpressionSyntax
        package let isDescending: Bool
    }

    /// What an expression is, with its parts.
    package indirect enum Kind: Hashable, Sendable {
        case literal(LiteralSyntax)
        /// A column, perhaps with its table before it and fields behind it.
        case path(PathSyntax)
        case unary(UnaryOperator, ExpressionSyntax)
        case binary(BinaryOperator, ExpressionSyntax, ExpressionSyntax)
        case test(ExpressionSyntax, Test, isNegated: Bool)
        case between(
            ExpressionSyntax, low: ExpressionSyntax, high: ExpressionSyntax, isSymmetric: Bool, isNegated: Bool)
        case inList(ExpressionSyntax, [ExpressionSyntax], isNegated: Bool)
        case like(ExpressionSyntax, pattern: ExpressionSyntax, escape: ExpressionSyntax?, isNegated: Bool)
        /// `operand` is nil in the searched form.
        case caseWhen(operand: ExpressionSyntax?, [WhenClause], otherwise: ExpressionSyntax?)
        case cast(ExpressionSyntax, TypeSyntax, isTry: Bool)
        case extract(TimeUnitSyntax, ExpressionSyntax)
        case call(NameSyntax, [ExpressionSyntax])
        /// `ROW(a, b)`, or `(a, b)`.
        case row([ExpressionSyntax])
        /// A unit as an argument, as in `TIMESTAMPADD(DAY, 1, ts)` and `FLOOR(ts TO HOUR)`.
        case timeUnit(TimeUnitSyntax)
        /// `function OVER (PARTITION BY ... ORDER BY ...)`.
        case over(ExpressionSyntax, partitionBy: [ExpressionSyntax], orderBy: [SortKey])
    }

    package let kind: Kind
    package let range: SourceRange
}
