internal import ArgumentParser
internal import Columnar
internal import Dataflow
internal import Foundation
internal import KafkaConnector
internal import KernelBenchmarks
internal import TestKit

/// The Kafka source and sinks against a broker in another process: CPU time of this process per record.
struct KafkaBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kafka",
        abstract: "CPU time per record of reading and writing Kafka, JSON included.",
        discussion: "Starts a broker of our own as a child process, unless --bootstrap-servers names one.")

    @OptionGroup var options: MeasurementOptions

    @Option(help: "Records of one repetition.")
    var records = 1_000_000

    @Option(help: "Records of one transaction.")
    var epochRecords = 250_000

    @Option(help: "A cluster to use instead of a child process.")
    var bootstrapServers: String?

    func run() throws {
        let broker = bootstrapServers == nil ? try BrokerProcess() : nil
        defer { broker?.stop() }
        let servers = bootstrapServers ?? broker?.address ?? ""
        let run = try KafkaRun(servers: servers, recordCount: records, epochRecordCount: epochRecords)
        var report = MeasurementReport(options: options)
        try measure("write, no key, at-least-once", &report) { try run.write(hasKeys: false, isExactlyOnce: false) }
        try measure("write, keyed, at-least-once", &report) { try run.write(hasKeys: true, isExactlyOnce: false) }
        try measure("write, keyed, exactly-once", &report) { try run.write(hasKeys: true, isExactlyOnce: true) }
        try measure("read, no column", &report) { try run.read(columns: 0) }
        try measure("read, 2 of 5 columns", &report) { try run.read(columns: 2) }
        try measure("read, 5 columns", &report) { try run.read(columns: 5) }
        report.finish()
    }

    private func measure(
        _ name: String, _ report: inout MeasurementReport, body: () throws -> KafkaRun.Cost
    ) throws {
        guard options.includes(name) else { return }
        var process: [Double] = []
        var thread: [Double] = []
        for round in 0..<options.warmUp + options.repetitions {
            let cost = try body()
            guard round >= options.warmUp else { continue }
            process.append(cost.process)
            thread.append(cost.thread)
        }
        report.add(Measurement(name: name, unit: "CPU ns/record", samples: process))
        report.add(Measurement(name: "\(name), our thread", unit: "CPU ns/record", samples: thread))
    }
}

/// Writes and reads a topic of four partitions as the runtime does it, from one thread.
private final class KafkaRun {
    /// Nanoseconds per record.
    struct Cost {
        var process: Double
        var thread: Double
    }

    private static let fields: [TableField] = JSONRecords.playFields.map { name, type in
        TableField(name: name, type: type, isNullable: true, origin: .payload(path: [name]))
    }

    private let connector: KafkaConnector
    private let environment: ConnectorEnvironment
    private let recordCount: Int
    private let epochRecordCount: Int
    private let batches: [RecordBatch]
    private var epoch: Int64 = 0

    init(servers: String, recordCount: Int, epochRecordCount: Int) throws {
        connector = try KafkaConnector(defaults: ["bootstrap.servers": servers])
        self.recordCount = recordCount
        self.epochRecordCount = epochRecordCount
        environment = ConnectorEnvironment(
            job: JobIdentity(name: "benchmark-\(UUID().uuidString.prefix(8))", instance: "one"),
            clock: ProcessingClock(
                now: { Timestamp(microseconds: 0) },
                monotonicNanoseconds: { UInt64(Measurement.nanoseconds(.wall)) }),
            checkpointIntervalMilliseconds: 1000, log: { _ in })
        batches = Self.makeBatches()
    }

    private static func makeBatches() -> [RecordBatch] {
        var random = SeededRandom(seed: 11)
        let builder = BatchBuilder(schema: Schema(fields.map(\.field)))
        let devices = ["tv", "phone", "tablet", "web"]
        return (0..<32).map { _ in
            while !builder.isFull {
                builder.setInt64(0, Int64(random.next() % 100_000))
                builder.setInt64(1, Int64(random.next() % 1000))
                builder.slots[2].storage.assumingMemoryBound(to: Double.self)[builder.rowCount] =
                    Double(random.next() % 10) / 2
                builder.slots[2].setValid(builder.rowCount)
                builder.setInt64(3, 1_700_000_000_000_000 + Int64(random.next() % 1_000_000) * 1000)
                var device = devices[Int(random.next() % 4)]
                device.withUTF8 { builder.setBytes(4, UnsafeRawBufferPointer($0)) }
                builder.commitRow()
            }
            return builder.finish()
        }
    }

    private func table(_ more: [String: String]) -> TableDefinition {
        let options = [
            "connector": "kafka", "topic": environment.job.name, "format": "json",
            "json.encode.timestamp": "epoch-millis",
        ]
        return TableDefinition(
            name: "plays", fields: Self.fields, primaryKey: [], options: options.merging(more) { $1 })
    }

    private func measured(_ body: () throws -> Int) rethrows -> Cost {
        let process = Measurement.nanoseconds(.process)
        let thread = Measurement.nanoseconds(.thread)
        let count = Double(max(try body(), 1))
        return Cost(
            process: Double(Measurement.nanoseconds(.process) - process) / count,
            thread: Double(Measurement.nanoseconds(.thread) - thread) / count)
    }

    func write(hasKeys: Bool, isExactlyOnce: Bool) throws -> Cost {
        var options = ["sink.delivery-guarantee": isExactlyOnce ? "exactly-once" : "at-least-once"]
        if hasKeys { options.merge(["key.format": "json", "key.fields": "user_id"]) { $1 } }
        let definition = table(options)
        let sink = try connector.makeSink(
            SinkSpec(table: definition, fields: Self.fields, changelog: .appendOnly), environment)
        try sink.start()
        defer { sink.stop() }
        if case .committed(let last)? = try sink.participant?.fence(environment.job) { epoch = last.epoch }
        let wakeUps = WakeUps()
        let writer = try sink.makeWriter(subtask: 0) { wakeUps.signal() }
        defer {
            writer.close()
            sink.participant?.close()
        }
        return try measured {
            var written = 0
            var inEpoch = 0
            while written < recordCount {
                for batch in batches where written < recordCount {
                    while !writer.isReady { wakeUps.wait() }
                    try writer.write(batch)
                    written += batch.rowCount
                    inEpoch += batch.rowCount
                    guard inEpoch >= epochRecordCount || written >= recordCount else { continue }
                    try endEpoch(writer, sink.participant)
                    inEpoch = 0
                }
            }
            return written
        }
    }

    private func endEpoch(_ writer: any SinkWriter, _ participant: (any CommitParticipant)?) throws {
        epoch += 1
        try writer.endEpoch(epoch)
        guard let participant else { return try writer.flush() }
        try participant.prepare(epoch: epoch)
        try participant.commit(EpochRecord(lineage: "benchmark", epoch: epoch, manifestDigest: "", splits: []))
    }

    /// Reads what the writes have left, up to `recordCount` records.
    func read(columns: Int) throws -> Cost {
        let definition = table(["scan.startup.mode": "earliest-offset"])
        let source = try connector.makeSource(
            SourceSpec(table: definition, fields: Array(Self.fields.prefix(columns))), environment)
        defer { source.stop() }
        let splits = try source.start(restored: [])
        let wakeUps = WakeUps()
        let reader = try source.makeReader(splits: splits) { wakeUps.signal() }
        defer { reader.close() }
        return try measured {
            var count = 0
            var atEnd: Set<Int> = []
            while count < recordCount && atEnd.count < splits.count {
                var isStarved = true
                for split in splits.indices {
                    let read = try reader.read(split: split, maximumRowCount: RecordBatch.preferredRowCount)
                    count += read.batch?.rowCount ?? 0
                    if read.status == .more { isStarved = false }
                    if read.status == .atEnd { atEnd.insert(split) } else { atEnd.remove(split) }
                }
                if isStarved && atEnd.count < splits.count { wakeUps.wait() }
            }
            return count
        }
    }
}
