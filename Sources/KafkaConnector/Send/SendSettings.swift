/// How a `RowSender` writes, by the client properties of the cluster.
struct SendSettings: Sendable {
    var clientID = "millrace"
    /// How long records wait for more of their batch.
    var lingerNanoseconds: UInt64 = 50_000_000
    /// Of a batch, its header among them; a record that is greater has one of its own.
    var batchByteCount = 1_000_000
    /// What waits to be sent before writers are held up.
    var queuedByteCount = 64 << 20
    /// How long a broker may wait for its replicas.
    var requestTimeoutMilliseconds: Int32 = 30_000
    /// How long an answer may take before its connection counts as broken.
    var answerNanoseconds: UInt64 = 35_000_000_000
    /// How long a record may take from its writing to its acknowledgement.
    var deliveryNanoseconds: UInt64 = 300_000_000_000
    /// How often what the connections have done is told.
    var observationNanoseconds: UInt64 = 10_000_000_000

    /// - Returns: nil where records are to go by librdkafka, or the properties ask for what only it has.
    init?(_ properties: [KafkaProperties.Entry], path: KafkaProperties.DataPath?) {
        let values = Dictionary(properties.map { ($0.name, $0.value) }) { _, new in new }
        guard path != .librdkafka, WirePolicy.admits(values) else { return nil }
        let compression = values["compression.type"] ?? values["compression.codec"] ?? "none"
        guard compression == "none", values["acks"].map({ $0 == "all" || $0 == "-1" }) ?? true,
            values["request.required.acks"].map({ $0 == "all" || $0 == "-1" }) ?? true
        else { return nil }
        func number(_ name: String) -> Double? { values[name].flatMap { Double($0) } }
        clientID = values["client.id"] ?? clientID
        if let linger = number("linger.ms") ?? number("queue.buffering.max.ms") {
            lingerNanoseconds = UInt64(max(linger, 0) * 1_000_000)
        }
        if let size = number("batch.size") { batchByteCount = min(max(Int(size), 1024), 16 << 20) }
        if let size = number("queue.buffering.max.kbytes") { queuedByteCount = Int(size) * 1024 }
        if let timeout = number("request.timeout.ms") { requestTimeoutMilliseconds = Int32(timeout) }
        answerNanoseconds = UInt64(requestTimeoutMilliseconds) * 1_000_000 + 5_000_000_000
        if let timeout = number("socket.timeout.ms") { answerNanoseconds = UInt64(max(timeout, 10) * 1_000_000) }
        observationNanoseconds = WirePolicy.observationNanoseconds(values)
        let delivery = number("message.timeout.ms") ?? number("delivery.timeout.ms") ?? 300_000
        // What is delivered after its transaction's end is of no use.
        let transaction = number("transaction.timeout.ms") ?? delivery
        deliveryNanoseconds = UInt64(max(min(delivery > 0 ? delivery : .infinity, transaction), 1000) * 1_000_000)
    }
}
