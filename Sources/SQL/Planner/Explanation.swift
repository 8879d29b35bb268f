internal import Columnar
internal import Dataflow

/// The text of `explain`: every vertex with what it reads, how rows get there, its keys, state and event time.
struct Explanation {
    let graph: JobGraph
    let settings: JobSettings

    var text: String {
        let readers = readerCounts
        return graph.vertices.indices.map { index in
            let vertex = graph.vertices[index]
            var lines = ["[\(index + 1)] \(title(vertex))"]
            lines += details(vertex).map { "      " + $0 }
            if readers[index] > 1 { lines.append("      shared by \(readers[index]) readers") }
            if let parallelism = vertex.parallelism { lines.append("      parallelism \(parallelism)") }
            return lines.joined(separator: "\n")
        }.joined(separator: "\n")
    }

    private var readerCounts: [Int] {
        var counts = graph.vertices.map { _ in 0 }
        for edge in graph.vertices.flatMap(\.inputs) where edge.output == .main { counts[edge.from] += 1 }
        return counts
    }

    private func title(_ vertex: JobVertex) -> String {
        switch vertex.role {
        case .source(let spec, _, _): "Source \(spec.table.name) (\(spec.table.options["connector"] ?? ""))"
        case .operator(let factory): factory.summary
        case .sink(let spec): "Sink \(spec.table.name) (\(spec.table.options["connector"] ?? ""))"
        }
    }

    private func details(_ vertex: JobVertex) -> [String] {
        let inputs = vertex.inputs.map { "reads \(input($0))" }
        switch vertex.role {
        case .source(let spec, let transform, let watermark):
            var lines = ["columns \(spec.fields.map(field).joined(separator: ", "))"]
            if let transform { lines += transform.details.filter { !isPassedOn($0) }.map { "computes \($0)" } }
            if let watermark { lines.append(text(watermark, vertex.outputSchema)) }
            return lines
        case .operator(let factory):
            let kept = factory.details.filter(isPassedOn).compactMap { $0.split(separator: " ").first }
            return inputs + factory.details.filter { !isPassedOn($0) }
                + (kept.isEmpty ? [] : ["keeps \(kept.joined(separator: ", "))"])
        case .sink(let spec):
            var lines =
                inputs + ["columns \(spec.schema.fields.map { "\($0.name) \($0.type)" }.joined(separator: ", "))"]
            switch (spec.changelog, spec.table.primaryKey.isEmpty) {
            case (.appendOnly, true): lines.append("inserts")
            case (.appendOnly, false):
                lines.append("inserts or replaces by \(spec.table.primaryKey.joined(separator: ", "))")
            case (.upsert, _):
                lines.append("updates and deletes by \(spec.table.primaryKey.joined(separator: ", "))")
            }
            return lines
        }
    }

    /// Whether a line of a projection only says that a column stays itself.
    private func isPassedOn(_ line: String) -> Bool {
        let sides = line.split(separator: " = ", maxSplits: 1)
        return sides.count == 2 && sides[0] == sides[1]
    }

    private func field(_ field: TableField) -> String {
        switch field.origin {
        case .payload: "\(field.name) \(field.type)"
        case .metadata(let key): "\(field.name) \(field.type) from metadata \(key)"
        }
    }

    private func text(_ watermark: WatermarkStrategy, _ schema: Schema) -> String {
        let delay = Duration.microseconds(watermark.delayMicroseconds)
        let idle = Duration.milliseconds(watermark.idleTimeoutMilliseconds)
        let drift = Duration.microseconds(watermark.maximumDriftMicroseconds)
        let ahead: String? =
            switch watermark.maximumAheadMicroseconds {
            case WatermarkStrategy.defaultMaximumAheadMicroseconds: nil
            case let limit?: ", at most \(Duration.microseconds(limit).sql) ahead of the clock"
            case nil: ", however far ahead of the clock"
            }
        return "watermark \(schema[watermark.column].name)\(delay == .zero ? "" : " - \(delay.sql)"), idle after "
            + "\(idle.sql), drift up to \(drift.sql)\(ahead ?? "")"
    }

    private func input(_ edge: JobEdge) -> String {
        let upstream = graph.vertices[edge.from]
        let rows = edge.output == .deadLetters ? "[\(edge.from + 1)] dead letters" : "[\(edge.from + 1)]"
        switch edge.partitioning {
        case .forward: return rows
        case .hash(let columns):
            return "\(rows) hashed by \(columns.map { upstream.outputSchema[$0].name }.joined(separator: ", "))"
        case .rebalance: return "\(rows) in turn"
        case .broadcast: return "\(rows) by all"
        }
    }
}
