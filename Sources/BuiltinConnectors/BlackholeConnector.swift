internal import Columnar
package import Dataflow

/// The connector `blackhole`: a sink that takes every row and keeps none.
package struct BlackholeConnector: Connector {
    package let names = ["blackhole"]
    package var optionNames: Set<String> { ["connector"] }

    package init() {}

    package func problems(_ table: TableDefinition) -> [TableProblem] {
        var reader = OptionReader(table.options)
        reader.reportUnknown(connector: "blackhole", known: optionNames)
        return reader.problems
    }

    package func capabilities(_ table: TableDefinition) -> ConnectorCapabilities {
        ConnectorCapabilities(scan: nil, sink: .upsert)
    }

    package func onlineProblems(_ table: TableDefinition, isSink: Bool) -> [TableProblem] { [] }

    package func makeSource(_ spec: SourceSpec, _ environment: ConnectorEnvironment) throws -> any Source {
        throw unsupportedUse("blackhole", "read")
    }

    package func makeSink(_ spec: SinkSpec, _ environment: ConnectorEnvironment) throws -> any Sink { BlackholeSink() }

    package func makeLookup(_ spec: LookupSpec, _ environment: ConnectorEnvironment) throws -> any LookupTable {
        throw unsupportedUse("blackhole", "looked up")
    }
}

/// Takes every row and keeps none.
final class BlackholeSink: Sink {
    let participant: (any CommitParticipant)? = nil

    func start() throws {}

    func makeWriter(subtask: Int, wakeUp: @escaping @Sendable () -> Void) throws -> any SinkWriter { Writer() }

    func stop() {}

    private final class Writer: SinkWriter {
        let isReady = true

        func write(_ batch: RecordBatch) throws {}
        func nudge() throws {}
        func endEpoch(_ epoch: Int64) throws {}
        func flush() throws {}
        func close() {}
    }
}
