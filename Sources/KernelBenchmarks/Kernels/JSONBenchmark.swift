package import ArgumentParser
internal import Columnar
internal import Formats

/// JSON scanner and writer on small records.
package struct JSONBenchmark: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "json", abstract: "JSON payloads into columns and back, CPU time of one thread per record.")

    @OptionGroup var options: MeasurementOptions

    @Option(help: "Records of one repetition, decoded from distinct payloads.")
    var records = 1_000_000

    package init() {}

    package func run() throws {
        var report = MeasurementReport(options: options)
        let plays = JSONRecords.plays(count: 65_536, order: .schema)
        try measureDecode("decode", plays, JSONRecords.playFields, &report)
        try measureDecode(
            "decode reversed", JSONRecords.plays(count: 65_536, order: .reversed), JSONRecords.playFields, &report)
        try measureDecode(
            "decode spaced", JSONRecords.plays(count: 65_536, order: .spaced), JSONRecords.playFields, &report)
        try measureDecode(
            "decode 2 of 5", plays, [JSONRecords.playFields[0], JSONRecords.playFields[3]], &report)
        try measureDecode(
            "decode epoch bigint", plays,
            JSONRecords.playFields.map { $0.0 == "ts" ? ($0.0, .bigint) : $0 }, &report)
        try measureDecode(
            "decode text timestamp", JSONRecords.plays(count: 65_536, order: .textTimestamp), JSONRecords.playFields,
            &report)
        let titles = JSONRecords.movies(count: 65_536)
        try measureDecode("decode titles", titles, JSONRecords.movieFields, &report)
        let doubles = JSONRecords.longDoubles(count: 65_536)
        try measureDecode("decode 17-digit double", doubles, JSONRecords.doubleFields, &report)

        try measureShapes(&report)

        try measureEncode(
            "encode epoch-millis", plays, JSONRecords.playFields, ["encode.timestamp": "epoch-millis"], &report)
        try measureEncode("encode", plays, JSONRecords.playFields, [:], &report)
        try measureEncode(
            "encode without nulls", plays, JSONRecords.playFields, ["encode.ignore-null-fields": "true"], &report)
        try measureEncode("encode titles", titles, JSONRecords.movieFields, [:], &report)
        try measureEncode("encode 17-digit double", doubles, JSONRecords.doubleFields, [:], &report)
        report.finish()
    }

    /// Documents of other shapes than a few short fields, both ways.
    private func measureShapes(_ report: inout MeasurementReport) throws {
        try measureDecode(
            "decode nested, 5 of 6 fields", JSONRecords.nested(count: 16_384), JSONRecords.nestedFields, &report,
            paths: JSONRecords.nestedPaths)
        try measureDecode(
            "decode 2 of 42 fields, 1.1 kB", JSONRecords.wide(count: 4096), JSONRecords.wideFields, &report)
        try measureEncode(
            "encode nested, 5 fields", JSONRecords.nested(count: 16_384), JSONRecords.nestedFields, [:], &report,
            paths: JSONRecords.nestedPaths)
        let wide = JSONRecords.manyColumns(count: 4096)
        try measureDecode("decode 40 fields", wide, JSONRecords.manyFields, &report)
        try measureEncode("encode 40 fields", wide, JSONRecords.manyFields, [:], &report)
        for (name, escapeEvery) in [("no escape", 0), ("1/100 escaped", 100), ("1/10 escaped", 10)] {
            let texts = JSONRecords.texts(count: 4096, escapeEvery: escapeEvery)
            try measureDecode("decode 1 kB text, \(name)", texts, JSONRecords.textFields, &report)
            try measureEncode("encode 1 kB text, \(name)", texts, JSONRecords.textFields, [:], &report)
        }
    }

    /// - Parameter paths: where the fields stand in a document; nil: at its top, under their names.
    private func measureDecode(
        _ name: String, _ records: JSONRecords, _ fields: [(String, LogicalType)], _ report: inout MeasurementReport,
        paths: [[String]]? = nil
    ) throws {
        guard options.includes(name) else { return }
        let schema = Schema(fields.map { Field($0.0, $0.1) })
        let decoder = try Format.json(JSONOptions()).makeDecoder(fields: Self.scanFields(schema, paths))
        let builder = BatchBuilder(schema: schema)
        let count = self.records
        report.measure(name, operations: count) {
            var index = 0
            for _ in 0..<count {
                let status = decoder.decode(records.payload(index), into: builder)
                if status.isSuccess { builder.commitRow() }
                if builder.isFull { _ = builder.finish() }
                index = index + 1 == records.count ? 0 : index + 1
            }
            _ = builder.finish()
        }
    }

    private static func scanFields(_ schema: Schema, _ paths: [[String]]?) -> [ScanField] {
        guard let paths else { return ScanField.all(of: schema) }
        return schema.fields.indices.map { ScanField(path: paths[$0], type: schema[$0].type, column: $0) }
    }

    private func measureEncode(
        _ name: String, _ records: JSONRecords, _ fields: [(String, LogicalType)], _ formatOptions: [String: String],
        _ report: inout MeasurementReport, paths: [[String]]? = nil
    ) throws {
        guard options.includes(name) else { return }
        let schema = Schema(fields.map { Field($0.0, $0.1) })
        let decoder = try Format.json(JSONOptions()).makeDecoder(fields: Self.scanFields(schema, paths))
        let builder = BatchBuilder(schema: schema)
        var batches: [RecordBatch] = []
        for index in 0..<records.count {
            let status = decoder.decode(records.payload(index), into: builder)
            guard status.isSuccess else {
                throw ValidationError(status.message(fields: decoder.fields))
            }
            builder.commitRow()
            if builder.isFull { batches.append(builder.finish()) }
        }
        let written =
            paths.map { paths in schema.fields.indices.map { WriteField(path: paths[$0], column: $0) } }
            ?? WriteField.all(of: schema)
        let encoder = try Format(identifier: "json", options: formatOptions)
            .makeEncoder(schema: schema, fields: written)
        let buffer = MessageBuffer()
        let rounds = max(1, self.records / records.count)
        let rowCount = batches.reduce(0) { $0 + $1.rowCount }
        report.measure(name, operations: rounds * rowCount) {
            for _ in 0..<rounds {
                for batch in batches {
                    buffer.removeAll()
                    encoder.encode(batch, into: buffer)
                }
            }
        }
    }
}
