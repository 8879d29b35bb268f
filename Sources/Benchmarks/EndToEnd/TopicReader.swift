internal import Columnar
internal import Dataflow
internal import KafkaConnector
internal import KernelBenchmarks

/// Reads what is committed in a topic of JSON, with the source of the jobs.
struct TopicReader {
    let address: String
    let topic: String
    let fields: [(name: String, type: LogicalType)]

    /// Every record from the first to the last that was there at the start.
    func forEachBatch(_ body: (RecordBatch) throws -> Void) throws {
        try read(["scan.bounded.mode": "latest-offset"]) { batch in
            try body(batch)
            return true
        }
    }

    /// Every record from the first on, also those that come later, until `body` answers false.
    func follow(_ body: (RecordBatch) throws -> Bool) throws {
        try read([:], body)
    }

    private func read(_ more: [String: String], _ body: (RecordBatch) throws -> Bool) throws {
        let columns = fields.map {
            TableField(name: $0.name, type: $0.type, isNullable: true, origin: .payload(path: [$0.name]))
        }
        let options = [
            "connector": "kafka", "topic": topic, "format": "json", "scan.startup.mode": "earliest-offset",
        ]
        let table = TableDefinition(
            name: "output", fields: columns, primaryKey: [], options: options.merging(more) { $1 })
        let environment = ConnectorEnvironment(
            job: JobIdentity(name: "benchmark-reader", instance: "one"),
            clock: ProcessingClock(
                now: { Timestamp(microseconds: 0) },
                monotonicNanoseconds: { UInt64(Measurement.nanoseconds(.wall)) }),
            checkpointIntervalMilliseconds: 1000, log: { _ in })
        let connector = try KafkaConnector(defaults: ["bootstrap.servers": address])
        let source = try connector.makeSource(SourceSpec(table: table, fields: columns), environment)
        defer { source.stop() }
        let splits = try source.start(restored: [])
        let wakeUps = WakeUps()
        let reader = try source.makeReader(splits: splits) { wakeUps.signal() }
        defer { reader.close() }
        var finished: Set<Int> = []
        while finished.count < splits.count {
            var isStarved = true
            for split in splits.indices where !finished.contains(split) {
                let read = try reader.read(split: split, maximumRowCount: RecordBatch.preferredRowCount)
                if case .finished = read.status { finished.insert(split) }
                guard let batch = read.batch else { continue }
                isStarved = false
                if try !body(batch) { return }
            }
            if isStarved && finished.count < splits.count { wakeUps.wait() }
        }
    }
}
