internal import Dataflow

/// For what a connector cannot do and the planner therefore never asks.
func unsupportedUse(_ connector: String, _ what: String) -> DataflowError {
    DataflowError(.invalidConfiguration, "a table of the connector '\(connector)' cannot be \(what)")
}
