import Columnar
import Dataflow
import Dispatch
import Synchronization

@testable import KafkaConnector

/// A job that copies numbers from one topic to another, driven as the runtime drives connectors: after every failure it
/// fences, reads what is committed, and goes on from there.
final class MiniJob {
    private struct Parts {
        let source: any Source
        let reader: any SourceReader
        let sink: any Sink
        let participant: any CommitParticipant
        let writer: any SinkWriter
        var epoch: Int64
    }

    /// More than a script can cause that ends.
    static let maxAttemptCount = 60

    private let cluster: TestCluster
    private let input: String
    private let output: String
    private let rowsPerEpoch: Int
    private let properties: [String: String]
    private let messages = Messages()
    /// Signalled when there may be something to read.
    private let wake = DispatchSemaphore(value: 0)
    /// Why attempts ended.
    private(set) var failures: [String] = []
    private(set) var commitCount = 0

    init(
        _ cluster: TestCluster, input: String, output: String, rowsPerEpoch: Int = 10,
        properties: [String: String] = [:]
    ) {
        self.cluster = cluster
        self.input = input
        self.output = output
        self.rowsPerEpoch = rowsPerEpoch
        // A script's silence is to be noticed soon.
        self.properties = [
            "bootstrap.servers": cluster.bootstrapServers, "socket.timeout.ms": "1000", "retry.backoff.ms": "50",
            "reconnect.backoff.ms": "20", "reconnect.backoff.max.ms": "100", "linger.ms": "1",
            "session.timeout.ms": "3000", "max.poll.interval.ms": "3000", "heartbeat.interval.ms": "200",
            "topic.metadata.refresh.interval.ms": "1000",
            "topic.metadata.refresh.fast.interval.ms": "50",
        ].merging(properties) { $1 }
    }

    /// What the connector logged.
    var log: [String] { messages.all.withLock { $0 } }

    private final class Messages: Sendable {
        let all = Mutex<[String]>([])
    }

    /// Copies until `count` records are read and committed.
    func run(until count: Int64) throws {
        for attempt in 1...Self.maxAttemptCount {
            var parts: Parts?
            do {
                let opened = try open(attempt)
                parts = opened
                try copy(opened, until: count)
                return close(opened)
            } catch {
                failures.append("\(error)")
                if let parts { close(parts) }
            }
        }
        throw DataflowError(.internal, "not done after \(Self.maxAttemptCount) attempts: \(failures.suffix(5))")
    }

    private func open(_ attempt: Int) throws -> Parts {
        let connector = try KafkaConnector(defaults: properties)
        let messages = messages
        let environment = cluster.environment(instance: "instance-\(attempt)") { event in
            messages.all.withLock { $0.append(event.message) }
        }
        let from = table("input", [column("id", .bigint)], ["topic": input, "format": "json"])
        let to = table("output", [column("id", .bigint)], ["topic": output, "format": "json"])
        let source = try connector.makeSource(SourceSpec(table: from, fields: from.fields), environment)
        let sink = try connector.makeSink(
            SinkSpec(table: to, fields: to.fields, changelog: .appendOnly), environment)
        try sink.start()
        guard let participant = sink.participant else { throw DataflowError(.internal, "no participant") }
        do {
            var states: [SplitState] = []
            var epoch: Int64 = 0
            switch try participant.fence(environment.job) {
            case .empty: break
            case .committed(let committed):
                epoch = committed.epoch
                states = committed.offsets.map { SplitState(id: $0.key, nextOffset: $0.value) }
            case .foreign(let why): throw DataflowError(.internal, "foreign: \(why)")
            }
            let splits = try source.start(restored: states)
            let wake = wake
            return Parts(
                source: source, reader: try source.makeReader(splits: splits) { wake.signal() }, sink: sink,
                participant: participant, writer: try sink.makeWriter(subtask: 0) {}, epoch: epoch)
        } catch {
            participant.close()
            source.stop()
            sink.stop()
            throw error
        }
    }

    private func copy(_ opened: Parts, until count: Int64) throws {
        var parts = opened
        let limit = monotonicNanoseconds() + 60_000_000_000
        while parts.reader.state(split: 0).nextOffset < count {
            guard monotonicNanoseconds() < limit else { throw DataflowError(.unavailable, "nothing comes any more") }
            let read = try parts.reader.read(split: 0, maximumRowCount: rowsPerEpoch)
            guard let batch = read.batch else {
                _ = wake.wait(timeout: .now() + .milliseconds(50))
                continue
            }
            parts.epoch += 1
            try parts.writer.write(batch)
            try parts.writer.endEpoch(parts.epoch)
            try parts.participant.prepare(epoch: parts.epoch)
            try parts.participant.commit(
                EpochRecord(
                    lineage: "lineage", epoch: parts.epoch, manifestDigest: String(repeating: "ab", count: 32),
                    splits: [parts.reader.state(split: 0)]))
            commitCount += 1
        }
    }

    private func close(_ parts: Parts) {
        parts.reader.close()
        parts.writer.close()
        parts.participant.abort()
        parts.participant.close()
        parts.sink.stop()
        parts.source.stop()
    }
}
