import Columnar
import Dataflow

/// A connector as the SQL front end sees one: names, options, capabilities. It cannot be run.
struct FakeConnector: Connector {
    let names: [String]
    let scan: ChangelogMode?
    let sink: ChangelogMode?
    var canLookup = false
    var requiredOptions: [String] = []
    var knownOptions: [String] = []
    var needsKey = false
    var metadata: [String: ConnectorCapabilities.MetadataColumn] = [:]

    var optionNames: Set<String> { Set(requiredOptions + knownOptions) }

    func problems(_ table: TableDefinition) -> [TableProblem] {
        var problems: [TableProblem] = []
        for option in requiredOptions where table.options[option] == nil {
            problems.append(TableProblem(message: "table '\(table.name)' needs the option '\(option)'"))
        }
        let known = ["connector"] + requiredOptions + knownOptions
        for option in table.options.keys.sorted() where !known.contains(option) && !option.hasPrefix("properties.") {
            problems.append(TableProblem(option: option, message: "unknown option '\(option)'"))
        }
        if needsKey, table.primaryKey.isEmpty {
            problems.append(TableProblem(message: "table '\(table.name)' needs a primary key"))
        }
        return problems
    }

    func capabilities(_ table: TableDefinition) -> ConnectorCapabilities {
        ConnectorCapabilities(scan: scan, sink: sink, canLookup: canLookup, metadata: metadata)
    }

    func onlineProblems(_ table: TableDefinition, isSink: Bool) -> [TableProblem] { [] }

    func makeSource(_ spec: SourceSpec, _ environment: ConnectorEnvironment) throws -> any Source {
        throw Self.cannotRun
    }
    func makeSink(_ spec: SinkSpec, _ environment: ConnectorEnvironment) throws -> any Sink { throw Self.cannotRun }
    func makeLookup(_ spec: LookupSpec, _ environment: ConnectorEnvironment) throws -> any LookupTable {
        throw Self.cannotRun
    }

    private static var cannotRun: DataflowError { DataflowError(.internal, "a connector of the tests cannot be run") }
}

extension Catalog {
    /// Connectors with the names and capabilities of the real ones.
    static let fake = Catalog([
        FakeConnector(
            names: ["kafka"], scan: .appendOnly, sink: .appendOnly, requiredOptions: ["topic"],
            knownOptions: [
                "format", "value.format", "key.format", "key.fields", "scan.startup.mode", "scan.on-error",
                "scan.dead-letter.table",
            ],
            metadata: [
                "timestamp": .init(type: .timestampLTZ(precision: 3), isNullable: false, isWritable: true),
                "partition": .init(type: .int, isNullable: false, isWritable: false),
                "offset": .init(type: .bigint, isNullable: false, isWritable: false),
            ]),
        FakeConnector(
            names: ["upsert-kafka"], scan: .upsert, sink: .upsert, requiredOptions: ["topic"],
            knownOptions: ["key.format", "value.format"], needsKey: true,
            metadata: ["timestamp": .init(type: .timestampLTZ(precision: 3), isNullable: false, isWritable: true)]),
        FakeConnector(
            names: ["postgres", "jdbc"], scan: nil, sink: .upsert, canLookup: true, requiredOptions: ["table-name"],
            knownOptions: ["url", "lookup.cache.max-rows"]),
        FakeConnector(names: ["print"], scan: nil, sink: .upsert),
        FakeConnector(names: ["blackhole"], scan: nil, sink: .appendOnly),
        FakeConnector(
            names: ["datagen"], scan: .appendOnly, sink: nil, knownOptions: ["rows-per-second", "scan.parallelism"]),
    ])
}
