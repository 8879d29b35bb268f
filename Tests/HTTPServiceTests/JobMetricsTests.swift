import Foundation
import Testing

@testable import HTTPService

struct JobMetricsTests {
    private func lines(_ metrics: JobMetrics, _ exposition: Exposition = .prometheus) -> [String] {
        exposition.text(metrics.registry).split(separator: "\n").map(String.init)
    }

    @Test func countsGoOnOverAttempts() {
        let metrics = JobMetrics()
        var snapshot = Snapshots.calm()
        snapshot.operators[0].rowsOut = 100
        metrics.update(snapshot)
        snapshot.operators[0].rowsOut = 150
        metrics.update(snapshot)
        snapshot.operators[0].rowsOut = 20
        metrics.update(snapshot)
        #expect(lines(metrics).contains("millrace_operator_rows_out_total{operator=\"plays\",role=\"source\"} 170"))
    }

    @Test func checkpointsAreCountedOnce() {
        let metrics = JobMetrics()
        var snapshot = Snapshots.calm()
        metrics.update(snapshot)
        metrics.update(snapshot)
        snapshot.checkpoints.append(CheckpointState(epoch: 13, startedAt: Snapshots.now, totalMilliseconds: 3))
        metrics.update(snapshot)
        let lines = lines(metrics)
        #expect(lines.contains("millrace_checkpoints_total 2"))
        #expect(lines.contains("millrace_checkpoint_duration_seconds_count{phase=\"total\"} 2"))
        #expect(lines.contains("millrace_checkpoint_duration_seconds_bucket{phase=\"total\",le=\"0.005\"} 1"))
        #expect(lines.contains("millrace_checkpoint_duration_seconds_bucket{phase=\"total\",le=\"0.05\"} 2"))
        #expect(lines.contains("millrace_checkpoint_duration_seconds_bucket{phase=\"total\",le=\"+Inf\"} 2"))
    }

    /// End-to-end latency is of records, not of checkpoints.
    @Test func delaysCountRecords() {
        let metrics = JobMetrics()
        var snapshot = Snapshots.calm()
        snapshot.checkpoints[0].delays = [
            .init(topic: "plays", milliseconds: 40, records: 1000),
            .init(topic: "plays", milliseconds: 980, records: 24),
            .init(topic: "ratings", milliseconds: 100, records: 1),
        ]
        metrics.update(snapshot)
        metrics.update(snapshot)
        let lines = lines(metrics)
        let name = "millrace_record_commit_delay_seconds"
        #expect(lines.contains("\(name)_count{topic=\"plays\"} 1024"))
        #expect(lines.contains("\(name)_bucket{topic=\"plays\",le=\"0.025\"} 0"))
        #expect(lines.contains("\(name)_bucket{topic=\"plays\",le=\"0.05\"} 1000"))
        #expect(lines.contains("\(name)_bucket{topic=\"plays\",le=\"1\"} 1024"))
        #expect(lines.contains("\(name)_bucket{topic=\"ratings\",le=\"0.1\"} 1"))
    }

    @Test func bytesAndRecordsAreCountedBySourceSinkAndPartition() {
        let metrics = JobMetrics()
        var snapshot = Snapshots.calm()
        snapshot.operators[0].bytesIn = 100
        snapshot.operators[3].bytesOut = 300
        snapshot.partitions[2].readRecords = 7
        snapshot.partitions[2].readBytes = 70
        metrics.update(snapshot)
        let lines = lines(metrics)
        let partition = "{table=\"ratings\",topic=\"ratings\",partition=\"3\"}"
        #expect(lines.contains("millrace_source_read_bytes_total{operator=\"plays\"} 100"))
        #expect(lines.contains("millrace_sink_written_bytes_total{operator=\"sink enriched_plays\"} 300"))
        #expect(lines.contains("millrace_partition_read_records_total\(partition) 7"))
        #expect(lines.contains("millrace_partition_read_bytes_total\(partition) 70"))
        #expect(!lines.contains { $0.hasPrefix("millrace_source_read_bytes_total{operator=\"TemporalJoin\"") })
    }

    @Test func retriesAndCommittedRowsOfSinksAreTold() {
        let metrics = JobMetrics()
        var snapshot = Snapshots.full()
        metrics.update(snapshot)
        let sink = "{operator=\"sink enriched_plays\"}"
        #expect(lines(metrics).contains("millrace_operator_retries_total\(sink) 7"))
        #expect(lines(metrics).contains("millrace_operator_failing_seconds\(sink) 8"))
        #expect(lines(metrics).contains("millrace_operator_held_back_seconds_total\(sink) 2.5"))
        #expect(lines(metrics).contains("millrace_sink_committed_rows\(sink) 4200"))
        #expect(lines(metrics).contains("millrace_commit_retries_total{participant=\"postgres/film\"} 2"))
        snapshot.operators[3].trouble = nil
        metrics.update(snapshot)
        #expect(lines(metrics).contains("millrace_operator_failing_seconds\(sink) 0"))
    }

    @Test func checkpointsOfEarlierProcessesAreNotCounted() {
        let metrics = JobMetrics()
        var snapshot = Snapshots.calm()
        snapshot.checkpoints[0].isEarlier = true
        metrics.update(snapshot)
        #expect(lines(metrics).contains("millrace_checkpoints_total 0"))
        #expect(!lines(metrics).contains { $0.hasPrefix("millrace_checkpoint_duration_seconds_count") })
    }

    @Test func clientsTellOfBrokersAndQueues() {
        let metrics = JobMetrics()
        var snapshot = Snapshots.calm()
        snapshot.clients = [Snapshots.client()]
        metrics.update(snapshot)
        // Another attempt's client begins anew.
        snapshot.clients[0].brokers[0].requests = 4
        snapshot.clients[0].brokers[0].roundTripMilliseconds = nil
        metrics.update(snapshot)
        let broker = "client=\"transactional producer\",broker=\"a:9092\""
        #expect(lines(metrics).contains("millrace_broker_requests_total{\(broker)} 14"))
        #expect(lines(metrics).contains("millrace_broker_round_trip_seconds{\(broker)} 0"))
        #expect(lines(metrics).contains("millrace_broker_slowest_round_trip_seconds{\(broker)} 0.25"))
        #expect(lines(metrics).contains("millrace_broker_errors_total{\(broker),kind=\"timeout\"} 3"))
        #expect(lines(metrics).contains("millrace_client_queued_records{client=\"transactional producer\"} 5"))
        // What is gone holds nothing.
        snapshot.clients = []
        metrics.update(snapshot)
        #expect(lines(metrics).contains("millrace_client_queued_records{client=\"transactional producer\"} 0"))
        #expect(lines(metrics).contains("millrace_broker_requests_total{\(broker)} 14"))
    }

    @Test func labelsAreEscaped() {
        let metrics = JobMetrics()
        var snapshot = Snapshots.calm()
        snapshot.operators = [OperatorState(id: "a", name: "a \"b\"\\\nc", role: "source")]
        metrics.update(snapshot)
        #expect(lines(metrics).contains { $0.hasPrefix("millrace_state_bytes{operator=\"a \\\"b\\\"\\\\\\nc\"}") })
    }

    @Test func openMetricsHasUnitsAndAnEnd() {
        let metrics = JobMetrics()
        metrics.update(Snapshots.calm())
        let lines = lines(metrics, .openMetrics)
        #expect(lines.last == "# EOF")
        #expect(lines.contains("# TYPE millrace_worker_busy_seconds counter"))
        #expect(lines.contains("# UNIT millrace_worker_busy_seconds seconds"))
        #expect(lines.contains { $0.hasPrefix("millrace_worker_busy_seconds_total{worker=\"0\"}") })
        #expect(Exposition(accept: "application/openmetrics-text;version=1.0.0,text/plain;q=0.5") == .openMetrics)
        #expect(Exposition(accept: "text/plain") == .prometheus && Exposition(accept: nil) == .prometheus)
    }

    @Test func everySampleBelongsToADocumentedFamily() {
        let metrics = JobMetrics()
        metrics.update(Snapshots.full())
        let text = Exposition.prometheus.text(metrics.registry)
        for definition in MetricDefinition.all {
            let name = definition.kind == .counter ? definition.name + "_total" : definition.name
            #expect(text.contains("# TYPE \(name) \(definition.kind.rawValue)\n"), "\(name)")
        }
        let labels = MetricDefinition.all.flatMap(\.labels)
        for match in text.matches(of: /[{,]([a-z_]+)="/) where match.1 != "le" {
            #expect(labels.contains(String(match.1)))
        }
    }

    @Test func theReferenceListsEveryMetric() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Sources/JobService/JobService.docc/Metrics.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(
            text.contains(MetricDefinition.documentation()),
            "paste this into Metrics.md:\n\(MetricDefinition.documentation())")
    }

    /// The other side's own opinion, where it is installed.
    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/promtool")))
    func promtoolHasNothingToSay() throws {
        let metrics = JobMetrics()
        metrics.update(Snapshots.calm())
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/promtool")
        process.arguments = ["check", "metrics"]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        process.standardError = output
        try process.run()
        input.fileHandleForWriting.write(Data(Exposition.prometheus.text(metrics.registry).utf8))
        try input.fileHandleForWriting.close()
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0 && said.isEmpty, "\(said)")
    }
}
