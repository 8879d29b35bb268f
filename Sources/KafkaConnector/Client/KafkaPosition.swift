/// A place in a topic-partition, with the text that is committed beside it.
package struct KafkaPosition: Hashable, Sendable {
    package var topic: String
    package var partition: Int32
    package var offset: Int64
    /// Printable ASCII, at most 128 characters; empty for none.
    package var metadata: String

    package init(topic: String, partition: Int32, offset: Int64, metadata: String = "") {
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.metadata = metadata
    }
}
