internal import Columnar
internal import Dataflow

/// A stretch of a partition that is read once, by a client of its own.
struct TopicReading {
    /// Offsets that are less than this apart are read in one go.
    private static let widestGap: Int64 = 1000

    let split: SplitID
    /// Not empty.
    let range: Range<Int64>

    /// The stretches, ascending, that hold all these offsets.
    static func covering(_ offsets: Set<Int64>, of split: SplitID) -> [TopicReading] {
        var readings: [TopicReading] = []
        for offset in offsets.sorted() {
            if let last = readings.last, offset - last.range.upperBound < widestGap {
                readings[readings.count - 1] = TopicReading(
                    split: split, range: last.range.lowerBound..<offset + 1)
            } else {
                readings.append(TopicReading(split: split, range: offset..<offset + 1))
            }
        }
        return readings
    }

    /// Hands over each committed record of the stretch that is there; none where the log no longer reaches back to its beginning.
    ///
    /// - Parameters:
    ///   - timeoutMilliseconds: how long nothing at all may come.
    ///   - body: gets messages and the position of one, valid during the call.
    func read(
        _ properties: KafkaProperties, timeoutMilliseconds: Int32, _ body: (MessageBatch, Int) -> Void
    ) throws(KafkaConnectorError) {
        let consumer = try KafkaConsumer(
            properties: properties.reader(group: "millrace", queuedCount: 100, queuedKibibytes: 1024),
            path: properties.dataPath, events: .ignored)
        let queue = try consumer.makeQueue(topic: split.topic, partition: split.partition, wakeUp: {})
        try consumer.add([
            KafkaPosition(topic: split.topic, partition: split.partition, offset: range.lowerBound)
        ])
        let messages = MessageBatch(capacity: 64)
        let timeout = UInt64(timeoutMilliseconds) * 1_000_000
        var next = range.lowerBound
        var deadline = monotonicNanoseconds() + timeout
        while monotonicNanoseconds() < deadline {
            let taken = queue.read(minimumOffset: next, limit: 64, into: messages)
            defer { messages.release() }
            for index in 0..<messages.count {
                let offset = messages.offset(index)
                if offset >= range.upperBound { return }
                body(messages, index)
                next = offset + 1
            }
            next = max(next, messages.nextOffset ?? next)
            if next >= range.upperBound || messages.isAtEnd { return }
            let place = ErrorContext(topic: split.topic, partition: split.partition, offset: next)
            if let error = messages.error(place) {
                if error.code == .offsetOutOfRange { return }
                if error.code != .unavailable { throw error }
            }
            if messages.count > 0 { deadline = monotonicNanoseconds() + timeout }
            if taken == 0 { consumer.poll(timeoutMilliseconds: 20) }
        }
        throw KafkaConnectorError(
            .unavailable, "the partition gave no record in time",
            context: ErrorContext(topic: split.topic, partition: split.partition, offset: next))
    }
}
