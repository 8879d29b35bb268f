package import Dataflow

/// The connectors that need no other system.
package enum BuiltinConnectors {
    package static var all: [any Connector] { [DatagenConnector(), PrintConnector(), BlackholeConnector()] }

    /// For what a connector cannot do and the planner therefore never asks.
    static func unsupported(_ connector: String, _ what: String) -> DataflowError {
        DataflowError(.invalidConfiguration, "a table of the connector '\(connector)' cannot be \(what)")
    }
}
