import Testing

/// Whatever happens to a request, its answer or its connection, every row arrives once, in order.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct FaultTests {
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
        try await CopyUnderFaults.run(lines.joined(separator: "\n"), isRare || api == "Fetch" ? .firstLine : .everyLine)
    }
}
