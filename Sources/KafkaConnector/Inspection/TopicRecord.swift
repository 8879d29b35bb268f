internal import Dataflow

/// A record as its topic has it.
package struct TopicRecord: Sendable {
    package var offset: Int64
    /// Milliseconds since 1970; nil where it has none.
    package var timestamp: Int64?
    package var key: [UInt8]?
    /// Nil for a tombstone.
    package var value: [UInt8]?
    /// JSON: an array of `{"key": text, "value": base64}`; nil where there are none.
    package var headers: String?

    init(_ messages: MessageBatch, _ index: Int) {
        offset = messages.offset(index)
        timestamp = messages.timestamp(index) >= 0 ? messages.timestamp(index) : nil
        key = messages.key(index).map(Array.init)
        value = messages.value(index).map(Array.init)
        headers = messages.hasHeaders(index) ? HeaderText.json(messages, index) : nil
    }
}
