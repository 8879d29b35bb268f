internal import CKafka
internal import Columnar

/// A topic that librdkafka sends to.
final class ClientTopic: OutgoingTopic {
    private let pointer: OpaquePointer
    /// Kept alive: the topic belongs to its client.
    private let producer: KafkaProducer
    let name: String
    let capacity: Int

    init(producer: KafkaProducer, name: String, capacity: Int) throws(KafkaConnectorError) {
        guard let topic = ckafka_topic_new(producer.client.pointer, name, Int32(capacity)) else {
            throw KafkaConnectorError(.configuration, "not a name for a topic", context: ErrorContext(topic: name))
        }
        pointer = topic
        self.producer = producer
        self.name = name
        self.capacity = capacity
    }

    deinit {
        ckafka_topic_destroy(pointer)
    }

    func stage(_ rows: ckafka_rows) {
        precondition(Int(rows.count) <= capacity, "\(rows.count) rows for a topic that takes \(capacity) at once")
        ckafka_topic_stage(pointer, rows)
    }

    func send() throws(KafkaConnectorError) -> Int {
        let left = try checkingFailure(ErrorContext(topic: name)) { ckafka_topic_send(pointer, &$0) }
        return Int(left)
    }

    func sendOne(_ message: ckafka_message) throws(KafkaConnectorError) -> Bool {
        do {
            return try withUnsafePointer(to: message) { message throws(KafkaConnectorError) in
                try checkingFailure(ErrorContext(topic: name)) { ckafka_topic_send_one(pointer, message, &$0) }
            }
        } catch  where error.kafkaCode == "_QUEUE_FULL" {
            return false
        }
    }
}
