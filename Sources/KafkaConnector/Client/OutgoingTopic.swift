internal import CKafka

/// Takes rows for one topic, in order per partition. Used by one thread at a time.
protocol OutgoingTopic: AnyObject {
    /// Lays out up to `capacity` rows by partition; their memory must stay until `send` has returned 0.
    func stage(_ rows: ckafka_rows)

    /// Hands over staged rows; returns how many are left because too much is waiting to be sent.
    func send() throws(KafkaConnectorError) -> Int

    /// Takes one message with a timestamp and headers; false when too much is waiting.
    func sendOne(_ message: ckafka_message) throws(KafkaConnectorError) -> Bool
}
