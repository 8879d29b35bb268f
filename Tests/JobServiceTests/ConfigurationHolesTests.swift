import Columnar
import Dataflow
import Foundation
import JobService
import SQL
import StateBackends
import Testing

@testable import Execution

/// The holes that the protocol's design lists, as far as configuration and commands meet them.
struct ConfigurationHolesTests {
    private func read(_ environment: [String: String]) throws -> ServiceConfiguration {
        try ServiceConfiguration(environment: environment, workingDirectory: "/srv")
    }

    /// A wrong value is told by the variable that the user has set, each of them.
    @Test func wrongKafkaPropertiesNameTheirVariables() throws {
        let configuration = try read([
            "MILLRACE_KAFKA_BOOTSTRAP_SERVERS": "localhost:1", "MILLRACE_KAFKA_SECURITY_PROTOCOL": "PLAINTEXTT",
            "MILLRACE_KAFKA_TRANSACTION_TIMEOUT_MS": "soon",
        ])
        let error = #expect(throws: JobServiceError.self) { _ = try Pipeline.catalog(configuration) }
        #expect(error?.status == .invalidInput)
        let text = try #require(error?.message)
        #expect(text.contains("MILLRACE_KAFKA_SECURITY_PROTOCOL: ") && text.contains("PLAINTEXTT"))
        #expect(text.contains("MILLRACE_KAFKA_TRANSACTION_TIMEOUT_MS: "))
    }

    @Test func wrongKafkaPropertiesOfFilesNameTheFilesVariable() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: file) }
        try Data("canary\n".utf8).write(to: file)
        let configuration = try read(["MILLRACE_KAFKA_SECURITY_PROTOCOL_FILE": file.path])
        let error = #expect(throws: JobServiceError.self) { _ = try Pipeline.catalog(configuration) }
        #expect(error?.message.contains("MILLRACE_KAFKA_SECURITY_PROTOCOL_FILE: ") == true)
    }

    @Test func freeSpaceIsASetting() throws {
        #expect(try read([:]).checkpointMinimumFreeByteCount == 64 << 20)
        #expect(try read(["MILLRACE_CHECKPOINT_MINIMUM_FREE": "2gb"]).checkpointMinimumFreeByteCount == 2 << 30)
        #expect(try read(["MILLRACE_CHECKPOINT_MINIMUM_FREE": "0"]).checkpointMinimumFreeByteCount == 0)
        #expect(throws: JobServiceError.self) { _ = try read(["MILLRACE_CHECKPOINT_MINIMUM_FREE": "much"]) }
    }

    /// One record from the year 2100 must not close every window, unless a table says that it may.
    @Test(arguments: [(nil, 86_400_000_000), ("0", nil), ("2 h", 7_200_000_000)] as [(String?, Int64?)])
    func futureEventTimesAreCapped(option: String?, microseconds: Int64?) throws {
        let further = option.map { ", 'scan.watermark.max-ahead' = '\($0)'" } ?? ""
        let pipeline = try Pipeline(
            text: """
                CREATE TABLE t (id BIGINT, ts TIMESTAMP_LTZ(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
                WITH ('connector' = 'kafka', 'topic' = 't', 'format' = 'json', 'scan.startup.mode' = 'earliest-offset'\(further));
                CREATE TABLE o (id BIGINT, ts TIMESTAMP_LTZ(3)) WITH ('connector' = 'blackhole');
                INSERT INTO o SELECT id, ts FROM t;
                """, fileName: "job.sql", configuration: try read(["MILLRACE_KAFKA_BOOTSTRAP_SERVERS": "localhost:1"]),
            environment: [:])
        let strategies = pipeline.job.graph.vertices.compactMap { vertex -> WatermarkStrategy? in
            if case .source(_, _, let strategy) = vertex.role { return strategy }
            return nil
        }
        #expect(strategies.map(\.maximumAheadMicroseconds) == [microseconds])
    }

    /// Kafka forgets a stopped job's offsets after a week; who looks two days before is told.
    @Test func offsetRetention() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/millrace-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let repository = try CheckpointLocation.repository(uri: "file://\(folder)", job: "film")
        let taken = Date(timeIntervalSince1970: 1_700_000_000)
        let digest = try repository.publish(
            CheckpointManifest(
                job: "film", lineage: "0123456789abcdef", epoch: 1, parent: nil,
                createdAt: Int64(taken.timeIntervalSince1970 * 1000), keyGroupCount: 128, sources: [:],
                descriptors: [:],
                files: [], segments: [], redo: [], stateByteCount: 0, isFinal: false))
        try repository.acknowledge(
            CheckpointReference(lineage: "0123456789abcdef", epoch: 1, digest: digest))
        let day = 86_400.0
        #expect(try CheckpointListing(repository, now: taken + 4.9 * day).warning == nil)
        let later = taken + 5.1 * day
        let text = try CheckpointListing(repository, now: later).text(now: later)
        #expect(text.contains("warning: the last commit is 5 d old") && text.contains("offsets.retention.minutes"))
    }
}
