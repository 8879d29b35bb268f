package import Dataflow

/// The connector `datagen`: a source of made-up rows.
///
/// Options, as in Flink: `rows-per-second` (10000), `number-of-rows` (without: for ever, or as long as the shortest
/// sequence), `scan.parallelism` (1: the number of parts that are read side by side), and for each column
/// `fields.<column>.` with `kind` (`random` or `sequence`), `min`, `max`, `max-past`, `length`, `var-len`, `null-rate`,
/// `start`, `end`. In addition `seed`: with it every run makes the same rows, timestamps included, which then start at
/// 2024-01-01. A restart from a checkpoint goes on with the rows that would have followed.
package struct DatagenConnector: Connector {
    package let names = ["datagen"]
    package var optionNames: Set<String> { DatagenOptions.known }

    package init() {}

    package func problems(_ table: TableDefinition) -> [TableProblem] {
        var problems: [TableProblem] = []
        _ = DatagenOptions(table, problems: &problems)
        return problems
    }

    package func capabilities(_ table: TableDefinition) -> ConnectorCapabilities {
        ConnectorCapabilities(scan: .appendOnly, sink: nil)
    }

    package func onlineProblems(_ table: TableDefinition, isSink: Bool) -> [TableProblem] { [] }

    package func makeSource(_ spec: SourceSpec, _ environment: ConnectorEnvironment) throws -> any Source {
        var problems: [TableProblem] = []
        let options = DatagenOptions(spec.table, problems: &problems)
        if let problem = problems.first { throw DataflowError(.invalidConfiguration, problem.message) }
        return DatagenSource(spec, options, environment.clock)
    }

    package func makeSink(_ spec: SinkSpec, _ environment: ConnectorEnvironment) throws -> any Sink {
        throw unsupportedUse("datagen", "written")
    }

    package func makeLookup(_ spec: LookupSpec, _ environment: ConnectorEnvironment) throws -> any LookupTable {
        throw unsupportedUse("datagen", "looked up")
    }
}
