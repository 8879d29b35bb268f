import Columnar
import Dataflow
import Testing

@testable import KafkaConnector

struct OptionTests {
    private let connector: KafkaConnector
    private let fields = [column("id", .bigint, nullable: false), column("name", .string)]

    init() throws {
        connector = try KafkaConnector(defaults: ["bootstrap.servers": "localhost:9092"])
    }

    private func problems(
        _ options: [String: String], connector name: String = "kafka", key: [String] = []
    ) -> [String] {
        connector.problems(table("t", connector: name, fields, key: key, options)).map(\.message)
    }

    @Test func flinksOptionsAreTakenUnchanged() {
        #expect(
            problems([
                "topic": "a;b", "properties.bootstrap.servers": "x:1", "properties.group.id": "g", "format": "json",
                "scan.startup.mode": "timestamp", "scan.startup.timestamp-millis": "5", "key.format": "json",
                "key.fields": "id", "value.fields-include": "ALL", "json.ignore-parse-errors": "true",
                "properties.max.poll.records": "10", "properties.fetch.max.wait.ms": "50",
                "properties.security.protocol": "SASL_PLAINTEXT", "properties.sasl.mechanism": "PLAIN",
                "properties.sasl.jaas.config": #"x.PlainLoginModule required username="u" password="p";"#,
            ]) == [])
        #expect(
            problems(
                ["topic": "a", "key.format": "json", "value.format": "json"], connector: "upsert-kafka", key: ["id"])
                == [])
    }

    @Test(
        arguments: [
            (
                ["topic": "a", "format": "json", "scan.startup.mod": "earliest-offset"],
                "did you mean 'scan.startup.mode'?"
            ),
            (["topic": "a", "format": "json", "properties.group.idd": "g"], "did you mean 'group.id'?"),
            (["topic": "a", "format": "json", "properties.fetch.min.bytes": "many"], "fetch.min.bytes"),
            (["topic": "a", "format": "json", "properties.enable.auto.commit": "true"], "committed with checkpoints"),
            (["topic": "a", "format": "json", "properties.ssl.truststore.location": "x.jks"], "ssl.ca.location"),
            (["topic": "a", "format": "json", "scan.startup.mode": "sometimes"], "allowed are"),
            (["topic": "a", "format": "json", "key.fields": "idd", "key.format": "json"], "did you mean 'id'?"),
            (["topic": "a", "format": "json", "key.fields": "id"], "'key.format' must say"),
            (["topic": "a", "format": "jsn"], "did you mean 'json'?"),
            (["topic": "a", "format": "raw"], "exactly one STRING or BYTES column"),
            (["topic": "a b", "format": "json"], "cannot be a topic"),
            (["format": "json"], "'topic' is missing"),
            (["topic": "a"], "'format' is missing"),
            (["topic-pattern": "a(", "format": "json"], "not a regular expression"),
        ] as [([String: String], String)])
    func whatIsWrongIsSaidWithWhatIsAllowed(options: [String: String], message: String) {
        let found = problems(options)
        #expect(found.contains { $0.contains(message) }, "\(found)")
    }

    @Test func secretsDoNotShowInProblems() throws {
        let found = problems(["topic": "a", "format": "json", "properties.ssl.key.pem": "hunter2"])
        #expect(!found.contains { $0.contains("hunter2") })
    }

    @Test func theBrokersAddressMayComeFromTheDefaults() throws {
        let bare = try KafkaConnector()
        let found = bare.problems(table("t", fields, ["topic": "a", "format": "json"]))
        #expect(found.map(\.option) == ["properties.bootstrap.servers"])
    }

    @Test func metadataColumnsAreChecked() {
        let found = connector.problems(
            table("t", fields + [metadata("ofset", .bigint)], ["topic": "a", "format": "json"]))
        #expect(found.first?.column == "ofset")
        #expect(found.first?.message.contains("did you mean 'offset'?") == true)
    }

    @Test func theTextBesideAnOffsetSurvivesARoundTrip() throws {
        let record = EpochRecord(
            lineage: "2f1c8a34-0000-4000-8000-123456789abc", epoch: 12,
            manifestDigest: String(repeating: "f", count: 64),
            splits: [])
        let metadata = CommitMetadata(record)
        #expect(metadata.text.utf8.count <= 128)
        #expect(CommitMetadata(metadata.text) == metadata)
        for text in ["", "v1;;1;a", "v2;l;1;a", "v1;l;x;a", "v1;l;1", "v1;l;-1;a"] {
            #expect(CommitMetadata(text) == nil)
        }
    }

    @Test func twoTablesOnOneTopicCommitTheSlowerPosition() {
        let id = SplitID(topic: "a", partition: 0)
        let record = EpochRecord(
            lineage: "l", epoch: 1, manifestDigest: "00",
            splits: [
                SplitState(id: id, nextOffset: 9), SplitState(id: id, nextOffset: 4),
                SplitState(id: SplitID(topic: "elsewhere", partition: 0), nextOffset: 1),
            ])
        let positions = KafkaParticipant.positions(record, ["a"], nil)
        #expect(positions.map(\.offset) == [4])
    }
}
