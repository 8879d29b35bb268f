extension ScalarExpression {
    /// The expression with its constant parts replaced by their values.
    package func folded() -> ScalarExpression { self }
}
