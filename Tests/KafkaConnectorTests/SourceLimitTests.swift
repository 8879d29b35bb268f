import Columnar
import Dataflow
import Testing

@testable import KafkaConnector

/// Records as big as a broker takes them.
@Suite(.timeLimit(.minutes(3)))
struct SourceLimitTests {
    private static let recordByteCount = 10 << 20

    /// A broker answers with one batch however big it is, so no property needs to be set for them.
    @Test(arguments: ["none", "gzip", "zstd"])
    func recordsBeyondTheFetchSizeAreRead(codec: String) async throws {
        try await TestCluster.run { cluster in
            let limit = String(Self.recordByteCount + 1_000_000)
            let topic = try cluster.createTopic(
                "big-\(codec)", configs: [KafkaProperties.Entry("max.message.bytes", limit)])
            let properties = KafkaProperties([
                "bootstrap.servers": cluster.bootstrapServers, "message.max.bytes": limit, "compression.type": codec,
            ]) { name, message in preconditionFailure("\(name): \(message)") }
            let producer = try KafkaProducer(
                properties: properties.producer(transactionalID: nil, transactionTimeoutMilliseconds: 30_000),
                events: .ignored)
            let sizes = [10, Self.recordByteCount, 20, Self.recordByteCount / 2, Self.recordByteCount, 30]
            let records = sizes.enumerated().map { index, size in
                TestRecord(nil, #"{"id": \#(index), "name": "\#(String(repeating: "x", count: size))"}"#)
            }
            try cluster.send(records, to: topic, partition: 0, with: producer)
            try producer.flush(timeoutMilliseconds: 60_000)
            let definition = table(
                "big", [column("id", .bigint), column("name", .string)], ["topic": topic, "format": "json"])
            let source = try cluster.connector.makeSource(
                SourceSpec(table: definition, fields: definition.fields), cluster.environment())
            defer { source.stop() }
            let reader = try source.makeReader(splits: try source.start(restored: [])) {}
            defer { reader.close() }
            let found = try readRows(reader) { statuses, count in count >= sizes.count || statuses == [.finished] }
            #expect(found.rows.map(\.utf8.count) == sizes.map { $0 + 2 })
        }
    }
}
