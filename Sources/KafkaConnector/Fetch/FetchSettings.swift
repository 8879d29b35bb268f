/// How a `Fetcher` asks for records, by the client properties of the table.
struct FetchSettings: Sendable {
    var clientID = "millrace"
    var readsCommittedOnly = true
    var checksChecksums = true
    /// How long a broker may hold a request that it has nothing for.
    var maximumWaitMilliseconds: Int32 = 100
    var minimumByteCount: Int32 = 1
    /// Of one partition in one answer; a batch that is greater comes all the same.
    var partitionByteCount: Int32 = 1 << 20
    /// Of one answer.
    var answerByteCount: Int32 = 4 << 20
    /// What is fetched of a partition and not read.
    var queuedByteCount = 4 << 20
    /// How long an answer may take beyond `maximumWaitMilliseconds`.
    var requestTimeoutMilliseconds: Int32 = 30_000
    /// How often what the connections have done is told.
    var observationNanoseconds: UInt64 = 10_000_000_000

    /// - Returns: nil where records are to come by librdkafka, or the properties ask for what only it has.
    init?(_ properties: [KafkaProperties.Entry], path: KafkaProperties.DataPath?) {
        let values = Dictionary(properties.map { ($0.name, $0.value) }) { _, new in new }
        guard path != .librdkafka, WirePolicy.admits(values) else { return nil }
        clientID = values["client.id"] ?? clientID
        readsCommittedOnly = values["isolation.level"] != "read_uncommitted"
        checksChecksums = values["check.crcs"] != "false"
        func number(_ name: String, _ target: inout Int32) {
            if let value = values[name].flatMap({ Int32($0) }) { target = value }
        }
        number("fetch.wait.max.ms", &maximumWaitMilliseconds)
        number("fetch.min.bytes", &minimumByteCount)
        number("fetch.message.max.bytes", &partitionByteCount)
        number("fetch.max.bytes", &answerByteCount)
        if let kibibytes = values["queued.max.messages.kbytes"].flatMap({ Int($0) }) {
            queuedByteCount = min(kibibytes * 1024, queuedByteCount)
        }
        // A partition's memory is its answers', in which others have their part.
        answerByteCount = min(answerByteCount, max(Int32(clamping: queuedByteCount), partitionByteCount))
        number("socket.timeout.ms", &requestTimeoutMilliseconds)
        observationNanoseconds = WirePolicy.observationNanoseconds(values)
    }
}
