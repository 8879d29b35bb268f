import Testing

/// Whatever errors the cluster answers, and whatever it forgets, every row arrives once, in order.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct FaultErrorTests {
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
        try await CopyUnderFaults.run(lines.joined(separator: "\n"), isRare || api == "Fetch" ? .firstLine : .everyLine)
    }

    /// KAFKA-17754: an end of transaction that gets lost on its way, is sent again and arrives within the next transaction.
    @Test func aProducerIsMadeAnewAfterADoubledEndOfTransaction() async throws {
        let job = try await CopyUnderFaults.run(
            """
            EndTxn request 3 -> hold until AddPartitionsToTxn, close
            EndTxn request 8 -> hold until Produce, close
            EndTxn request 12 -> hold until AddOffsetsToTxn, close
            EndTxn request 16 -> hold until InitProducerId 2, close
            """)
        #expect(job.log.contains { $0.contains("made anew after a disturbed commit") }, "\(job.log)")
    }

    @Test func transactionsMayTimeOutAtAnyMoment() async throws {
        let job = try await CopyUnderFaults.run(
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
        try await CopyUnderFaults.run(
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
}
