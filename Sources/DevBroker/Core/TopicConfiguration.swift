/// The settings of a topic, under Kafka's names.
package struct TopicConfiguration: Sendable, Equatable {
    /// What was set for the topic, by name; everything else has its default.
    package private(set) var entries: [String: String]

    package var isCompacted = false
    /// Whether old segments are deleted.
    package var isDeleted = true
    package var maxMessageByteCount: Int
    package var segmentByteCount: Int
    /// -1 for no limit.
    package var retentionMilliseconds: Int64 = 7 * 24 * 3600 * 1000
    /// Per partition; -1 for no limit.
    package var retentionByteCount: Int64 = -1
    /// How long a delete stays visible in a compacted log.
    package var deleteRetentionMilliseconds: Int64 = 24 * 3600 * 1000
    /// How long a record is not compacted away.
    package var minCompactionLagMilliseconds: Int64 = 0

    /// - Throws: `configuration` naming the entry that is unknown or out of range.
    package init(_ entries: [String: String], defaults: BrokerConfiguration) throws(DevBrokerError) {
        self.entries = entries
        maxMessageByteCount = defaults.maxMessageByteCount
        segmentByteCount = defaults.segmentByteCount
        for (name, value) in entries.sorted(by: { $0.key < $1.key }) { try apply(name, value) }
    }

    private mutating func apply(_ name: String, _ value: String) throws(DevBrokerError) {
        switch name {
        case "cleanup.policy":
            let policies = Set(value.split(separator: ",").map { $0.filter { $0 != " " } })
            guard policies.isSubset(of: ["compact", "delete"]) else {
                throw .configuration("cleanup.policy must be delete, compact or both, not \(value)")
            }
            isCompacted = policies.contains("compact")
            isDeleted = policies.contains("delete")
        case "max.message.bytes": maxMessageByteCount = try Int(Self.number(name, value, from: 0))
        case "segment.bytes": segmentByteCount = try Int(Self.number(name, value, from: 14))
        case "retention.ms": retentionMilliseconds = try Self.number(name, value, from: -1)
        case "retention.bytes": retentionByteCount = try Self.number(name, value, from: -1)
        case "delete.retention.ms": deleteRetentionMilliseconds = try Self.number(name, value, from: 0)
        case "min.compaction.lag.ms": minCompactionLagMilliseconds = try Self.number(name, value, from: 0)
        case "message.timestamp.type":
            guard value == "CreateTime" else {
                throw .configuration("message.timestamp.type must be CreateTime: this broker keeps producers' times")
            }
        case "compression.type":
            guard value == "producer" else {
                throw .configuration("compression.type must be producer: this broker keeps batches as sent")
            }
        default:
            guard Self.ignored.contains(name) else { throw .configuration("\(name) is no topic setting") }
        }
    }

    /// Settings that are accepted and shown, but change nothing on a single broker.
    private static let ignored: Set<String> = [
        "min.insync.replicas", "unclean.leader.election.enable", "segment.ms", "segment.jitter.ms",
        "segment.index.bytes", "flush.messages", "flush.ms", "file.delete.delay.ms", "index.interval.bytes",
        "min.cleanable.dirty.ratio", "max.compaction.lag.ms", "preallocate", "message.format.version",
        "message.timestamp.difference.max.ms", "message.timestamp.before.max.ms", "message.timestamp.after.max.ms",
        "message.downconversion.enable",
    ]

    private static func number(_ name: String, _ value: String, from least: Int64) throws(DevBrokerError) -> Int64 {
        guard let number = Int64(value), number >= least else {
            throw .configuration("\(name) must be a number of at least \(least), not \(value)")
        }
        return number
    }

    /// Every setting that can be asked for, with its value as text.
    package var described: [(name: String, value: String)] {
        let policies = [isCompacted ? "compact" : nil, isDeleted ? "delete" : nil].compactMap { $0 }
        var all: [String: String] = [
            "cleanup.policy": policies.joined(separator: ","),
            "max.message.bytes": String(maxMessageByteCount),
            "segment.bytes": String(segmentByteCount),
            "retention.ms": String(retentionMilliseconds),
            "retention.bytes": String(retentionByteCount),
            "delete.retention.ms": String(deleteRetentionMilliseconds),
            "min.compaction.lag.ms": String(minCompactionLagMilliseconds),
            "message.timestamp.type": "CreateTime",
            "compression.type": "producer",
            "min.insync.replicas": "1",
        ]
        all.merge(entries) { _, set in set }
        return all.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
    }
}

extension DevBrokerError {
    static func configuration(_ message: String) -> DevBrokerError {
        DevBrokerError(.configuration, message)
    }
}
