/// What a record looked like when it was read: tells a recreated or truncated topic from the one of the checkpoint.
struct Fingerprint: Hashable, Sendable {
    var offset: Int64
    /// Milliseconds.
    var timestamp: Int64
    /// Of key and value.
    var digest: UInt64

    init(_ batch: MessageBatch, _ index: Int) {
        offset = batch.offset(index)
        timestamp = batch.timestamp(index)
        digest = batch.digest(index)
    }

    /// Reads what `text` wrote.
    init?(_ text: String) {
        let parts = text.split(separator: ",")
        guard parts.count == 3, let offset = Int64(parts[0]), let timestamp = Int64(parts[1]),
            let digest = UInt64(parts[2], radix: 16)
        else { return nil }
        self.offset = offset
        self.timestamp = timestamp
        self.digest = digest
    }

    var text: String { "\(offset),\(timestamp),\(String(digest, radix: 16))" }
}
