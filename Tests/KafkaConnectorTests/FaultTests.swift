import DevBroker
import Testing

@testable import KafkaConnector

/// Whatever goes wrong between us and the cluster, every row arrives once, in order.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct FaultTests {
    private static let count = 300

    /// What of a script must have happened for a test to say something.
    private enum Meeting {
        case everyLine
        case firstLine
        case anything
    }

    /// Copies under a script and compares what committed readers see.
    @discardableResult
    private func copy(
        _ script: String, count: Int = count, _ meeting: Meeting = .everyLine
    ) async throws -> MiniJob {
        var done: MiniJob?
        try await TestCluster.runWithFaults("") { cluster, broker in
            let (input, output) = (try cluster.createTopic("in"), try cluster.createTopic("out"))
            try cluster.produce((0..<count).map { TestRecord(nil, #"{"id":\#($0)}"#) }, to: input)
            try await broker.setFaults(FaultScript(parsing: script))
            let job = MiniJob(cluster, input: input, output: output)
            try job.run(until: Int64(count))
            let faults = try await broker.currentFaults()
            try await broker.setFaults(FaultScript())
            let found = try cluster.read(output)[0].compactMap(\.value)
            #expect(found == (0..<count).map { #"{"id":\#($0)}"# }, "\(script)\n\(job.failures)")
            let needed =
                meeting == .everyLine ? faults.rules : Array(faults.rules.prefix(meeting == .firstLine ? 1 : 0))
            for rule in needed {
                #expect(rule.hitCount > 0, "line \(rule.line) was not met: \(rule.text)")
            }
            done = job
        }
        return try #require(done)
    }

    /// Every request that the job sends while it runs, lost, late, repeated or cut off.
    @Test(arguments: [
        "Produce", "AddPartitionsToTxn", "AddOffsetsToTxn", "TxnOffsetCommit", "EndTxn", "InitProducerId",
        "FindCoordinator", "Fetch", "ListOffsets", "Metadata", "JoinGroup", "SyncGroup", "Heartbeat", "OffsetFetch",
    ])
    func everyRowArrivesOnce(api: String) async throws {
        // Those that come once in an attempt meet one fault an attempt.
        let isRare = !["Produce", "AddPartitionsToTxn", "AddOffsetsToTxn", "TxnOffsetCommit", "EndTxn", "Fetch"]
            .contains(api)
        let actions = [
            "close", "close after", "drop", "drop after", "delay 100ms", "delay reply 100ms", "truncate",
            "duplicate", "error COORDINATOR_LOAD_IN_PROGRESS",
        ]
        // What a request of this kind cannot bring about is left out.
        let lines = actions.enumerated().map { index, action in
            "\(api) request \(isRare ? index + 1 : 2 + index * 3) -> \(action)"
        }
        try await copy(lines.joined(separator: "\n"), isRare || api == "Fetch" ? .firstLine : .everyLine)
    }

    @Test(
        arguments: [
            (
                "Produce",
                [
                    "NOT_ENOUGH_REPLICAS", "NOT_ENOUGH_REPLICAS_AFTER_APPEND after", "NOT_LEADER_OR_FOLLOWER",
                    "REQUEST_TIMED_OUT after", "KAFKA_STORAGE_ERROR", "UNKNOWN_TOPIC_OR_PARTITION",
                ]
            ),
            (
                "AddPartitionsToTxn",
                [
                    "CONCURRENT_TRANSACTIONS", "NOT_COORDINATOR", "COORDINATOR_NOT_AVAILABLE",
                    "UNKNOWN_TOPIC_OR_PARTITION",
                ]
            ),
            (
                "AddOffsetsToTxn", ["CONCURRENT_TRANSACTIONS", "NOT_COORDINATOR", "COORDINATOR_LOAD_IN_PROGRESS after"]
            ),
            (
                "TxnOffsetCommit",
                [
                    "ILLEGAL_GENERATION", "UNKNOWN_MEMBER_ID", "FENCED_INSTANCE_ID", "NOT_COORDINATOR",
                    "REQUEST_TIMED_OUT after", "UNKNOWN_TOPIC_OR_PARTITION", "ILLEGAL_GENERATION after",
                ]
            ),
            (
                "EndTxn",
                [
                    "CONCURRENT_TRANSACTIONS", "NOT_COORDINATOR", "NOT_COORDINATOR after",
                    "COORDINATOR_NOT_AVAILABLE after",
                    "INVALID_PRODUCER_EPOCH", "PRODUCER_FENCED after", "INVALID_TXN_STATE",
                    "UNKNOWN_SERVER_ERROR after",
                ]
            ),
            ("InitProducerId", ["CONCURRENT_TRANSACTIONS", "NOT_COORDINATOR", "COORDINATOR_NOT_AVAILABLE after"]),
            (
                "Fetch",
                [
                    "NOT_LEADER_OR_FOLLOWER", "UNKNOWN_LEADER_EPOCH", "UNKNOWN_SERVER_ERROR", "KAFKA_STORAGE_ERROR",
                    "UNKNOWN_TOPIC_OR_PARTITION", "OFFSET_NOT_AVAILABLE", "REQUEST_TIMED_OUT",
                ]
            ),
        ] as [(String, [String])])
    func everyRowArrivesOnceAfterErrors(api: String, errors: [String]) async throws {
        let isRare = api == "InitProducerId"
        let lines = errors.enumerated().map { index, error in
            "\(api) request \(isRare ? index + 1 : 2 + index * 3) -> error \(error)"
        }
        try await copy(lines.joined(separator: "\n"), isRare || api == "Fetch" ? .firstLine : .everyLine)
    }

    /// KAFKA-17754: an end of transaction that gets lost on its way, is sent again and arrives within the next transaction.
    @Test func aProducerIsMadeAnewAfterADoubledEndOfTransaction() async throws {
        let job = try await copy(
            """
            EndTxn request 3 -> hold until AddPartitionsToTxn, close
            EndTxn request 8 -> hold until Produce, close
            EndTxn request 12 -> hold until AddOffsetsToTxn, close
            EndTxn request 16 -> hold until InitProducerId 2, close
            """)
        #expect(job.log.contains { $0.contains("made anew after a disturbed commit") }, "\(job.log)")
    }

    @Test func transactionsMayTimeOutAtAnyMoment() async throws {
        let job = try await copy(
            """
            AddPartitionsToTxn request 3 -> expire transactions
            Produce request 8 -> expire transactions
            AddOffsetsToTxn request 9 -> expire transactions
            TxnOffsetCommit request 12 -> expire transactions
            EndTxn request 15 -> expire transactions
            """)
        #expect(!job.failures.isEmpty)
    }

    @Test func membersMayBeRemovedAndTheCoordinatorMayBeAway() async throws {
        try await copy(
            """
            TxnOffsetCommit request 4 -> expire members
            EndTxn request 8 -> expire members
            AddOffsetsToTxn request 12 for 1s -> error COORDINATOR_LOAD_IN_PROGRESS
            EndTxn request 16 for 2s -> error CONCURRENT_TRANSACTIONS
            data requests 40.. until Metadata -> error NOT_LEADER_OR_FOLLOWER
            Produce request 22 -> disconnect
            Produce request 25 -> pause 1500ms
            """)
    }

    /// A connection on which nothing is as it should be: the client reports it and connects again, no row is wrong.
    @Test(arguments: [
        "length -5", "length 2147483647", "correlation", "checksum", "codec", "magic", "batch-length -1",
        "batch-length 2147483647", "record-count -1", "record-count 2147483647", "batch-end",
    ])
    func wrongAnswersDoNoHarm(what: String) async throws {
        try await copy("Fetch requests 1..9 -> corrupt \(what)", count: 100)
    }

    @Test func absurdVersionsDoNoHarm() async throws {
        try await copy("ApiVersions requests 1..2 -> corrupt versions", count: 50)
    }

    /// Bytes anywhere in answers are others; what is checked by a checksum stays right, and the process goes on.
    @Test(arguments: ["EndTxn", "Produce", "TxnOffsetCommit", "AddPartitionsToTxn", "Heartbeat"])
    func randomBytesInAnswersDoNoHarm(api: String) async throws {
        try await copy("\(api) requests 2..6 -> corrupt bytes 40", count: 100, .anything)
    }
}
