internal import Columnar
internal import Dataflow
internal import Dispatch
internal import Foundation
internal import KafkaConnector
internal import Synchronization

/// Dead letters in a topic, as JSON. Used by one thread.
enum KafkaDeadLetters {
    /// Those that match, by topic, partition and offset; those of unknown records last. Records of the topic that are no dead letters are
    /// passed over and counted.
    static func entries(
        _ filter: DeadLetterFilter, topic: String, properties: [String: String]
    ) throws -> (entries: [DeadLetterEntry], foreignCount: Int) {
        let connector = try KafkaConnector(defaults: properties)
        let fields = DeadLetter.schema.fields.map { field in
            // A table of dead letters may have some of the columns only.
            TableField(name: field.name, type: field.type, isNullable: true, origin: .payload(path: [field.name]))
        }
        let table = TableDefinition(
            name: "dead_letters", fields: fields, primaryKey: [],
            options: [
                "connector": "kafka", "topic": topic, "format": "json", "scan.startup.mode": "earliest-offset",
                "scan.bounded.mode": "latest-offset", "scan.on-error": "skip", "scan.dead-letter.limit": "2147483647",
            ])
        let environment = ConnectorEnvironment(
            job: JobIdentity(name: "millrace-deadletters", instance: UUID().uuidString.lowercased()), clock: .system,
            checkpointIntervalMilliseconds: 1000, log: { _ in })
        let source = try connector.makeSource(SourceSpec(table: table, fields: fields), environment)
        defer { source.stop() }
        let news = DispatchSemaphore(value: 0)
        let splits = try source.start(restored: [])
        let reader = try source.makeReader(splits: splits) { news.signal() }
        defer { reader.close() }
        var entries: [DeadLetterEntry] = []
        var foreignCount = 0
        var open = Set(splits.indices)
        while !open.isEmpty {
            var isBusy = false
            for split in open.sorted() {
                let read = try reader.read(split: split, maximumRowCount: RecordBatch.preferredRowCount)
                foreignCount += read.skippedCount
                if let batch = read.batch {
                    isBusy = true
                    batch.forEachRow { row in
                        let entry = Self.entry(batch, row)
                        if filter.matches(entry) { entries.append(entry) }
                    }
                }
                switch read.status {
                case .finished: open.remove(split)
                case .more: isBusy = true
                case .atEnd, .waiting: break
                }
            }
            if !isBusy && !open.isEmpty { _ = news.wait(timeout: .now() + .milliseconds(200)) }
        }
        return (entries.sorted(by: Self.isBefore), foreignCount)
    }

    private static func isBefore(_ left: DeadLetterEntry, _ right: DeadLetterEntry) -> Bool {
        guard let leftTopic = left.topic else { return false }
        guard let rightTopic = right.topic else { return true }
        return (leftTopic, left.partition ?? -1, left.offset ?? -1) < (
            rightTopic, right.partition ?? -1, right.offset ?? -1
        )
    }

    private static func entry(_ batch: RecordBatch, _ row: Int) -> DeadLetterEntry {
        func bytes(_ name: String) -> [UInt8]? {
            guard let index = DeadLetter.schema.index(of: name), batch.columns[index].isValid(row) else { return nil }
            return unsafe Array(batch.columns[index].bytes(row))
        }
        func text(_ name: String) -> String? { bytes(name).map { String(decoding: $0, as: UTF8.self) } }
        func number(_ name: String) -> Int64? {
            guard let index = DeadLetter.schema.index(of: name), batch.columns[index].isValid(row) else { return nil }
            let column = batch.columns[index]
            return column.type == .int ? Int64(unsafe column.int32s[row]) : unsafe column.int64s[row]
        }
        var entry = DeadLetterEntry()
        entry.job = text("job") ?? ""
        entry.operatorName = text("operator") ?? ""
        entry.reason = text("reason") ?? ""
        entry.message = text("message") ?? ""
        entry.topic = text("topic")
        entry.partition = number("partition").map { Int32(clamping: $0) }
        entry.offset = number("offset")
        entry.timestamp = number("timestamp").map { $0 / 1000 }
        entry.rawKey = bytes("raw_key")
        entry.rawValue = bytes("raw_value")
        entry.headers = text("headers")
        entry.failedAt = number("failed_at").map { $0 / 1000 }
        entry.readGap()
        return entry
    }
}
