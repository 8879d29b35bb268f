internal import CKafka
internal import Columnar

/// A topic that a `RowSender` sends to.
final class SentTopic: OutgoingTopic {
    private let sender: RowSender
    private let name: String
    private let capacity: Int
    private let partitionCount: Int32
    private let order: UnsafeMutableBufferPointer<Int32>
    private var starts: UnsafeMutableBufferPointer<Int32>
    private var partitions: [RowSender.Partition] = []
    private var rows: ckafka_rows?
    /// The partition whose rows come next, and how many of them are sent.
    private var position = (partition: 0, sent: 0)

    init(sender: RowSender, name: String, capacity: Int, partitionCount: Int32) {
        self.sender = sender
        self.name = name
        self.capacity = capacity
        self.partitionCount = partitionCount
        order = .allocate(capacity: capacity)
        starts = .allocate(capacity: 0)
    }

    deinit {
        order.deallocate()
        starts.deallocate()
    }

    func stage(_ rows: ckafka_rows) {
        precondition(Int(rows.count) <= capacity, "\(rows.count) rows for a topic that takes \(capacity) at once")
        let count = Int(rows.partition_count)
        if starts.count < count + 1 {
            starts.deallocate()
            starts = .allocate(capacity: count + 1)
        }
        while partitions.count < count {
            partitions.append(RowSender.Partition(topic: name, index: Int32(partitions.count)))
        }
        ckafka_rows_layout(rows, ckafka_layout(order: order.baseAddress, starts: starts.baseAddress))
        self.rows = rows
        position = (0, 0)
    }

    func send() throws(KafkaConnectorError) -> Int {
        guard let rows else { return 0 }
        try check()
        while position.partition < Int(rows.partition_count) {
            let (start, end) = (Int(starts[position.partition]), Int(starts[position.partition + 1]))
            let left = UnsafeBufferPointer(rebasing: UnsafeBufferPointer(order)[start + position.sent..<end])
            let taken =
                left.isEmpty
                ? 0 : sender.append(rows, order: left, to: partitions[position.partition])
            position.sent += taken
            if taken < left.count { return Int(rows.count) - start - position.sent }
            position = (position.partition + 1, 0)
        }
        self.rows = nil
        return 0
    }

    func sendOne(_ message: ckafka_message) throws(KafkaConnectorError) -> Bool {
        try check()
        return withUnsafePointer(to: message) { sender.append($0, to: partition(of: message)) }
    }

    private func partition(of message: ckafka_message) -> RowSender.Partition {
        let hash = ckafka_murmur2(message.key, message.key_length) & 0x7fff_ffff
        let index = message.partition >= 0 ? message.partition : Int32(hash % UInt32(partitionCount))
        return RowSender.Partition(topic: name, index: index)
    }

    /// A transaction that has lost a row takes no more.
    private func check() throws(KafkaConnectorError) {
        let code = sender.failure
        guard code != 0 else { return }
        throw KafkaConnectorError(undelivered: code)
    }
}
