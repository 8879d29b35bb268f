internal import Dataflow
internal import HTTPService
internal import SQL

extension PlanDocument {
    /// The plan of a compiled job.
    init(_ pipeline: Pipeline) {
        let text = pipeline.text.split(separator: "\n", omittingEmptySubsequences: false)
        // What says nothing became nothing.
        let isSaying = text.map { line in
            let words = line.drop { $0 == " " || $0 == "\t" || $0 == "\r" }
            return !words.isEmpty && !words.hasPrefix("--")
        }
        self.init(
            job: pipeline.name, file: pipeline.path,
            sql: pipeline.secrets.redacted(SecretMask.masked(SourceText.masked(pipeline.text))),
            explanation: SecretMask.masked(pipeline.explanation()),
            vertices: zip(pipeline.job.graph.vertices, pipeline.job.lines).map { vertex, lines in
                Vertex(vertex, lines: lines.filter { isSaying.indices.contains($0 - 1) && isSaying[$0 - 1] })
            })
    }
}

extension PlanDocument.Vertex {
    init(_ vertex: JobVertex, lines: [Int]) {
        let (role, summary, details) = Self.words(vertex)
        self.init(
            id: vertex.uid, name: vertex.name, role: role, summary: summary, details: details,
            inputs: vertex.inputs.enumerated().map { PlanDocument.Input($1, number: vertex.inputNumbers[$0]) },
            lines: lines)
    }

    /// The role and what `explain` says.
    private static func words(_ vertex: JobVertex) -> (role: String, summary: String, details: [String]) {
        switch vertex.role {
        case .source(let spec, let transform, let watermark):
            var details = transform?.details ?? []
            if let watermark {
                details.append("watermark \(DurationText.text(Int(watermark.delayMicroseconds / 1000))) behind")
            }
            return ("source", "\(spec.table.options["connector"] ?? "table") \(spec.table.name)", details)
        case .operator(let factory): return ("operator", factory.summary, factory.details)
        case .sink(let spec): return ("sink", "\(spec.table.options["connector"] ?? "table") \(spec.table.name)", [])
        }
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
