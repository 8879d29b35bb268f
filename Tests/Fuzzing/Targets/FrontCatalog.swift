import Columnar
import Dataflow

/// A connector as the SQL front end sees one: names, options, capabilities. It cannot be run.
struct FrontConnector: Connector {
    let names: [String]
    let scan: ChangelogMode?
    let sink: ChangelogMode?
    var canLookup = false
    var needsKey = false

    func problems(_ table: TableDefinition) -> [TableProblem] {
        needsKey && table.primaryKey.isEmpty ? [TableProblem(message: "a primary key is needed")] : []
    }

    func capabilities(_ table: TableDefinition) -> ConnectorCapabilities {
        ConnectorCapabilities(
            scan: scan, sink: sink, canLookup: canLookup,
            metadata: [
                "timestamp": .init(type: .timestampLTZ(precision: 3), isNullable: false, isWritable: true),
                "partition": .init(type: .int, isNullable: false, isWritable: false),
            ])
    }

    func onlineProblems(_ table: TableDefinition, isSink: Bool) -> [TableProblem] { [] }

    func makeSource(_ spec: SourceSpec, _ environment: ConnectorEnvironment) throws -> any Source {
        throw Self.cannotRun
    }

    func makeSink(_ spec: SinkSpec, _ environment: ConnectorEnvironment) throws -> any Sink {
        throw Self.cannotRun
    }

    func makeLookup(_ spec: LookupSpec, _ environment: ConnectorEnvironment) throws -> any LookupTable {
        throw Self.cannotRun
    }

    private static var cannotRun: DataflowError {
        DataflowError(.internal, "a connector of the fuzzer cannot be run")
    }
}

extension Catalog {
    /// Connectors with the names and capabilities of the real ones, which take any option.
    static let front = Catalog([
        FrontConnector(names: ["kafka", "datagen"], scan: .appendOnly, sink: .appendOnly),
        FrontConnector(names: ["upsert-kafka"], scan: .upsert, sink: .upsert, needsKey: true),
        FrontConnector(names: ["postgres", "jdbc"], scan: nil, sink: .upsert, canLookup: true),
        FrontConnector(names: ["print"], scan: nil, sink: .upsert),
        FrontConnector(names: ["blackhole"], scan: nil, sink: .appendOnly),
    ])
}
