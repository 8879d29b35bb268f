import Testing

/// Whatever the bytes of an answer say, every row arrives once, in order.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct FaultAnswerTests {
    /// A connection on which nothing is as it should be: the client reports it and connects again, no row is wrong.
    @Test(arguments: [
        "length -5", "length 2147483647", "correlation", "checksum", "codec", "magic", "batch-length -1",
        "batch-length 2147483647", "record-count -1", "record-count 2147483647", "batch-end",
    ])
    func wrongAnswersDoNoHarm(what: String) async throws {
        try await CopyUnderFaults.run("Fetch requests 1..9 -> corrupt \(what)", count: 100)
    }

    @Test func absurdVersionsDoNoHarm() async throws {
        try await CopyUnderFaults.run("ApiVersions requests 1..2 -> corrupt versions", count: 50)
    }

    /// Bytes anywhere in answers are others; what is checked by a checksum stays right, and the process goes on.
    @Test(arguments: ["EndTxn", "Produce", "TxnOffsetCommit", "AddPartitionsToTxn", "Heartbeat"])
    func randomBytesInAnswersDoNoHarm(api: String) async throws {
        try await CopyUnderFaults.run("\(api) requests 2..6 -> corrupt bytes 40", count: 100, .anything)
    }
}
