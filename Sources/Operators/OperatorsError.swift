internal import Columnar
internal import Dataflow
internal import Expressions
internal import StateBackends

/// How what goes wrong below the operators is reported to the runtime.
enum OperatorsError {
    /// An expression that a row cannot be evaluated with.
    static func wrap(_ error: ExpressionError, in operatorName: String) -> DataflowError {
        DataflowError(
            error.isRowError ? .invalidData : .invalidConfiguration, error.message,
            context: ErrorContext(operatorName: operatorName), cause: error)
    }

    /// A row that the state does not take.
    static func wrap(_ error: StateError, in operatorName: String) -> DataflowError {
        DataflowError(
            error.code == .limitExceeded ? .invalidData : .internal, error.message,
            context: ErrorContext(operatorName: operatorName), cause: error)
    }
}
