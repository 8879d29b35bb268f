/// A part of an answer, or all of it, that says of one thing whether it succeeded.
protocol RefusedItem: Message {
    var errorCode: ErrorCode { get set }
}

extension RefusedItem {
    /// An item with an error and what `fill` sets.
    static func refused(_ error: ErrorCode, _ fill: (inout Self) -> Void = { _ in }) -> Self {
        var item = Self()
        item.errorCode = error
        fill(&item)
        return item
    }
}

protocol RefusedPartition: RefusedItem {
    var partitionIndex: Int32 { get set }
}

/// A topic of an answer whose partitions succeed or fail each by itself.
protocol RefusedTopic: Message {
    associatedtype Partition: RefusedPartition
    var name: String { get set }
    var partitions: [Partition] { get set }
}

extension RefusedTopic {
    static func refused(
        _ name: String, _ indexes: [Int32], _ error: ErrorCode, _ fill: (inout Partition) -> Void = { _ in }
    ) -> Self {
        .with {
            $0.name = name
            $0.partitions = indexes.map { index in
                .refused(error) {
                    $0.partitionIndex = index
                    fill(&$0)
                }
            }
        }
    }
}

extension FaultableRequest where Response: RefusedItem {
    func refused(_ refusal: Refusal) -> Response { .refused(refusal.error) }
}
