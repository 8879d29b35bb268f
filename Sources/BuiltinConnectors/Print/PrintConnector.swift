package import Dataflow
internal import Foundation

/// The connector `print`: a sink that writes every row as a line of text, as Flink's does: `+I[1, Alien, 4.5]`.
///
/// Options: `print-identifier` (before every line), `standard-error` (there instead of the standard output).
package struct PrintConnector: Connector {
    package let names = ["print"]
    package var optionNames: Set<String> { ["connector", "print-identifier", "standard-error"] }

    package init() {}

    package func problems(_ table: TableDefinition) -> [TableProblem] {
        var reader = OptionReader(table.options)
        reader.reportUnknown(connector: "print", known: optionNames)
        _ = reader.flag("standard-error", default: false)
        return reader.problems
    }

    package func capabilities(_ table: TableDefinition) -> ConnectorCapabilities {
        ConnectorCapabilities(scan: nil, sink: .upsert)
    }

    package func onlineProblems(_ table: TableDefinition, isSink: Bool) -> [TableProblem] { [] }

    package func makeSource(_ spec: SourceSpec, _ environment: ConnectorEnvironment) throws -> any Source {
        throw unsupportedUse("print", "read")
    }

    package func makeSink(_ spec: SinkSpec, _ environment: ConnectorEnvironment) throws -> any Sink {
        var reader = OptionReader(spec.table.options)
        let handle = reader.flag("standard-error", default: false) ? FileHandle.standardError : .standardOutput
        return PrintSink(schema: spec.schema, identifier: reader.text("print-identifier")) { bytes in
            try handle.write(contentsOf: bytes)
        }
    }

    package func makeLookup(_ spec: LookupSpec, _ environment: ConnectorEnvironment) throws -> any LookupTable {
        throw unsupportedUse("print", "looked up")
    }
}
