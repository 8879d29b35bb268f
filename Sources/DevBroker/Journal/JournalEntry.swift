internal import NIOCore

/// One change of the broker's state other than records: what is needed to come back after a crash.
enum JournalEntry: Sendable {
    case topic(TopicEntry)
    case topicDeleted(String)
    case logStart(TopicPartition, offset: Int64)
    /// Producer ids below this one may have been handed out.
    case producerIds(next: Int64)
    case transaction(Transaction)
    case group(GroupEntry)
    case groupDeleted(String)
    case offsets(OffsetsEntry)
    case pendingOffsetsEnded(group: String, producerId: Int64, isCommit: Bool)
    case offsetsDeleted(group: String, partitions: [TopicPartition])

    /// A topic as created or altered.
    struct TopicEntry: Sendable {
        var name: String
        var id: TopicId
        var partitionCount: Int32
        var configuration: [String: String]
    }

    /// A group's members and generation, without its offsets.
    struct GroupEntry: Sendable {
        var id: String
        var generation: Int32
        var isStable: Bool
        var protocolType: String?
        var protocolName: String?
        var leaderId: String?
        var emptySince: Int64
        var members: [GroupMember]
    }

    /// Offsets committed by a group; by a transaction that is open still when there is a producer id.
    struct OffsetsEntry: Sendable {
        var group: String
        var producerId: Int64?
        var offsets: [TopicPartition: CommittedOffset]
    }
}
