/// A function of one value that has a result for every value.
protocol UnaryOperation {
    associatedtype Input: FixedValue
    associatedtype Output: FixedValue
    func apply(_ value: Input) -> Output
}

/// A function of two values that has a result for every pair.
protocol BinaryOperation {
    associatedtype Left: FixedValue
    associatedtype Right: FixedValue
    associatedtype Output: FixedValue
    func apply(_ left: Left, _ right: Right) -> Output
}

/// A function of one value that may fail.
///
/// Rows are computed first and judged afterwards: `suspicion` is or-ed over all rows without a branch, and only where it comes out
/// negative does a second pass ask `failure` of each row. It may be negative for a row that is fine or null, never the other way round.
protocol CheckedUnaryOperation: UnaryOperation {
    associatedtype Suspicion: FixedWidthInteger & SignedInteger
    func suspicion(_ value: Input, _ result: Output) -> Suspicion
    func failure(_ value: Input) -> ExpressionError.Code?
}

/// As `CheckedUnaryOperation`, of two values.
protocol CheckedBinaryOperation: BinaryOperation {
    associatedtype Suspicion: FixedWidthInteger & SignedInteger
    func suspicion(_ left: Left, _ right: Right, _ result: Output) -> Suspicion
    func failure(_ left: Left, _ right: Right) -> ExpressionError.Code?
}

/// What happens to a row whose value an operation refuses.
enum FailureMode {
    case report(ScalarExpression)
    case null
}
