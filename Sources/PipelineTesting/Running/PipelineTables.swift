internal import Columnar
internal import Dataflow
internal import JobService
internal import KafkaConnector
internal import SQL

/// The tables of a compiled pipeline as cases see them.
struct PipelineTables: Sendable {
    /// A table that rows are given to.
    struct Source: Sendable {
        /// Of the scans, with what their reader is to be told.
        var scans: [Int: SourceSpec] = [:]
        /// As it is read here.
        var table: TableDefinition
        var layout: RecordLayout
    }

    /// A table that rows come out to.
    struct Target: Sendable {
        var table: TableDefinition
        /// What is written of it, in the order of the table.
        var fields: [TableField]
        /// By which rows replace each other; empty for a table of rows that only come.
        var key: [String]
        /// Whether dead letters go there.
        var takesDeadLetters: Bool
    }

    private(set) var sources: [String: Source] = [:]
    private(set) var lookups: [String: TableDefinition] = [:]
    private(set) var targets: [String: Target] = [:]

    init(_ pipeline: Pipeline, _ kafka: KafkaConnector) throws {
        for (number, vertex) in pipeline.job.graph.vertices.enumerated() {
            switch vertex.role {
            case .source(var spec, _, _):
                spec.table = Self.readable(spec.table)
                var source =
                    try sources[spec.table.name]
                    ?? Source(table: spec.table, layout: kafka.recordLayout(spec.table))
                source.scans[number] = spec
                sources[spec.table.name] = source
            case .sink(let spec): add(spec, vertex, pipeline.catalog)
            case .operator: break
            }
        }
        for use in pipeline.job.tables where use.role == .lookup { lookups[use.table.name] = use.table }
    }

    private mutating func add(_ spec: SinkSpec, _ vertex: JobVertex, _ catalog: Catalog) {
        let connector = catalog.connectors[spec.table.options["connector"] ?? ""]
        let mode = spec.changelog == .upsert ? .upsert : connector?.capabilities(spec.table).sink
        var target =
            targets[spec.table.name]
            ?? Target(
                table: spec.table, fields: [], key: mode == .upsert ? spec.table.primaryKey : [],
                takesDeadLetters: false)
        let written = Set((target.fields + spec.fields).map(\.name))
        target.fields = spec.table.fields.filter { written.contains($0.name) }
        if vertex.uid.hasPrefix("dead-letters:") { target.takesDeadLetters = true }
        targets[spec.table.name] = target
    }

    /// The table as records can be given to it: those of connectors that make their rows are read as JSON.
    private static func readable(_ table: TableDefinition) -> TableDefinition {
        guard !["kafka", "upsert-kafka"].contains(table.options["connector"]) else { return table }
        var table = table
        table.options = [
            "connector": "kafka", "topic": "given", "format": "json",
            "properties.bootstrap.servers": "localhost:9092",
        ]
        return table
    }
}
