internal import Columnar
internal import Dataflow
internal import Foundation
internal import SQL

/// Finds the source records that rows were made of, by the columns that both have under one name with one value.
struct RecordOrigins {
    let pipeline: Pipeline
    let reading: SinkReading
    let ranges: EpochRanges

    /// What is looked for in one source: rows by the values of the columns that the source has too.
    private struct Search {
        var columns: [String]
        /// Places of examples (sink, example) by the values' JSON.
        var wanted: [String: [(sink: Int, example: Int)]] = [:]
    }

    /// Adds origin and epoch to the examples of a report. A row without any column of a source keeps none.
    func fill(_ report: inout ReplayReport) throws {
        guard report.sinks.contains(where: { !$0.examples.isEmpty }) else { return }
        for vertex in pipeline.job.graph.vertices {
            guard case .source(let spec, _, _) = vertex.role,
                ["kafka", "upsert-kafka"].contains(spec.table.options["connector"])
            else { continue }
            let names = Set(spec.fields.map(\.name))
            var searches: [[String]: Search] = [:]
            for (sink, comparison) in report.sinks.enumerated() {
                for (number, example) in comparison.examples.enumerated() where example.origin == nil {
                    guard let row = fields(example.new ?? example.old) else { continue }
                    let shared = row.keys.filter { names.contains($0) && !(row[$0] is NSNull) }.sorted()
                    guard !shared.isEmpty else { continue }
                    let values = row.filter { shared.contains($0.key) }
                    searches[shared, default: Search(columns: shared)].wanted[Self.text(values), default: []]
                        .append((sink, number))
                }
            }
            for search in searches.values { try find(search, in: spec, &report) }
        }
    }

    private func find(_ search: Search, in spec: SourceSpec, _ report: inout ReplayReport) throws {
        guard let connector = pipeline.catalog.connectors[spec.table.options["connector"] ?? ""] else { return }
        var table = spec.table
        if table.options["connector"] == "kafka" { table.options["scan.startup.mode"] = "earliest-offset" }
        table.options["scan.bounded.mode"] = "latest-offset"
        table.options["scan.on-error"] = "skip"
        let offset = TableField(
            name: "millrace offset", type: .bigint, isNullable: false, origin: .metadata(key: "offset"))
        let partition = TableField(
            name: "millrace partition", type: .int, isNullable: false, origin: .metadata(key: "partition"))
        let fields = spec.fields.filter { search.columns.contains($0.name) }
        let source = try connector.makeSource(
            SourceSpec(table: table, fields: fields + [offset, partition]), reading.environment)
        defer { source.stop() }
        let images = try RowImages(schema: Schema(fields.map(\.field)), key: [])
        let topics = Set(ranges.points.flatMap { $0.offsets.keys.map(\.topic) })
        let states = try source.start(restored: [])
        var found: [(place: (sink: Int, example: Int), split: SplitID, offset: Int64)] = []
        _ = try SinkReading.read(source, states) { batch in
            let known = batch.replacing(
                schema: Schema(fields.map(\.field)), columns: Array(batch.columns.prefix(fields.count)))
            images.forEach(known) { row, image in
                guard let values = self.fields(image.row), let places = search.wanted[Self.text(values)] else { return }
                let offset = unsafe batch.columns[fields.count].int64s[row]
                let partition = unsafe batch.columns[fields.count + 1].int32s[row]
                let topic = states.first { $0.id.partition == partition && topics.contains($0.id.topic) }?.id.topic
                let split = SplitID(topic: topic ?? states.first?.id.topic ?? "", partition: partition)
                for place in places { found.append((place, split, offset)) }
            }
        }
        for (place, split, offset) in found where report.sinks[place.sink].examples[place.example].origin == nil {
            report.sinks[place.sink].examples[place.example].origin = "\(split)@\(offset)"
            if report.sinks[place.sink].examples[place.example].epoch == nil {
                report.sinks[place.sink].examples[place.example].epoch = ranges.epoch(of: split, offset: offset)
            }
        }
    }

    private func fields(_ json: String?) -> [String: Any]? {
        json.flatMap { try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }
    }

    private static func text(_ values: [String: Any]) -> String {
        guard let data = try? JSONSerialization.data(withJSONObject: values, options: [.sortedKeys]) else { return "" }
        return String(decoding: data, as: UTF8.self)
    }
}
