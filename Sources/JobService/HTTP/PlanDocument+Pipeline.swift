internal import Dataflow
internal import HTTPService
internal import SQL

extension PlanDocument {
    /// The plan of a compiled job.
    init(_ pipeline: Pipeline) {
        let lines = pipeline.text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let tables = Set(pipeline.job.tables.map(\.table.name))
        self.init(
            job: pipeline.name, file: pipeline.fileName,
            sql: pipeline.secrets.redacted(SecretMask.masked(SourceText.masked(pipeline.text))),
            explanation: SecretMask.masked(pipeline.explanation()),
            vertices: pipeline.job.graph.vertices.map { Vertex($0, lines: lines, tables: tables) })
    }
}

extension PlanDocument.Vertex {
    init(_ vertex: JobVertex, lines: [String], tables: Set<String>) {
        let (role, summary, details, names) = Self.words(vertex, tables)
        self.init(
            id: vertex.uid, name: vertex.name, role: role, summary: summary, details: details,
            inputs: vertex.inputs.enumerated().map { PlanDocument.Input($1, number: vertex.inputNumbers[$0]) },
            lines: lines.indices.filter { index in
                !Set(Self.identifiers(lines[index])).isDisjoint(with: names)
            }.map { $0 + 1 })
    }

    /// The role, what `explain` says, and the names by which the SQL text speaks of the vertex.
    private static func words(
        _ vertex: JobVertex, _ tables: Set<String>
    ) -> (role: String, summary: String, details: [String], names: Set<String>) {
        switch vertex.role {
        case .source(let spec, let transform, let watermark):
            var details = transform?.details ?? []
            if let watermark {
                details.append("watermark \(DurationText.text(Int(watermark.delayMicroseconds / 1000))) behind")
            }
            return (
                "source", "\(spec.table.options["connector"] ?? "table") \(spec.table.name)", details, [spec.table.name]
            )
        case .operator(let factory):
            let words = Set(identifiers(vertex.name) + identifiers(factory.summary))
            return ("operator", factory.summary, factory.details, words.intersection(tables))
        case .sink(let spec):
            return ("sink", "\(spec.table.options["connector"] ?? "table") \(spec.table.name)", [], [spec.table.name])
        }
    }

    private static func identifiers(_ text: String) -> [String] {
        // What follows a comment sign is no SQL.
        text.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init)
    }
}

extension PlanDocument.Input {
    fileprivate init(_ edge: JobEdge, number: Int) {
        let partitioning =
            switch edge.partitioning {
            case .forward: "forward"
            case .hash: "hash"
            case .rebalance: "rebalance"
            case .broadcast: "broadcast"
            }
        self.init(
            from: edge.from, output: edge.output == .main ? "main" : "deadLetters", partitioning: partitioning,
            number: number)
    }
}
