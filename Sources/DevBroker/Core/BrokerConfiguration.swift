/// The broker's settings; the defaults are those of Apache Kafka where not said otherwise.
package struct BrokerConfiguration: Sendable {
    package var nodeId: Int32 = 1
    package var clusterId = "millrace-dev-broker"
    /// Whether topics are created when metadata of an unknown one is asked for.
    package var createsTopicsAutomatically = true
    /// Partitions of topics created without a number.
    package var defaultPartitionCount: Int32 = 1
    /// Most partitions of a topic; not a limit of Kafka.
    package var maxPartitionCount: Int32 = 10_000
    /// Most bytes of a request.
    package var maxRequestByteCount = 100 * 1024 * 1024
    /// Most bytes of a record batch, for topics without `max.message.bytes`.
    package var maxMessageByteCount = 1_048_588
    /// Most bytes of an answer to Fetch.
    package var maxFetchByteCount = 55 * 1024 * 1024
    /// Bytes after which a log goes on in a new file, for topics without `segment.bytes`.
    package var segmentByteCount = 256 * 1024 * 1024
    /// Longest transaction timeout that a producer may ask for.
    package var maxTransactionTimeoutMilliseconds: Int32 = 15 * 60 * 1000
    /// How long after EndTxn the markers are written; Kafka's is short but never zero.
    package var transactionMarkerDelayMilliseconds: Int64 = 0
    /// Lower than Kafka's 6 s, so that tests of failover are quick.
    package var minSessionTimeoutMilliseconds: Int32 = 100
    package var maxSessionTimeoutMilliseconds: Int32 = 30 * 60 * 1000
    package var maxGroupMemberCount = 1000
    /// How long the first rebalance of an empty group waits for more members; Kafka's is 3 s.
    package var initialRebalanceDelayMilliseconds: Int64 = 0
    /// Most bytes of an offset's metadata.
    package var maxOffsetMetadataByteCount = 4096
    /// After how long the offsets of a group without members are forgotten.
    package var offsetRetentionMilliseconds: Int64 = 7 * 24 * 3600 * 1000
    /// After how long a producer that is silent is forgotten in a partition.
    package var producerRetentionMilliseconds: Int64 = 24 * 3600 * 1000
    /// Time between two looks for logs to compact or to shorten; 0 for never.
    package var cleanupIntervalMilliseconds: Int64 = 15_000
    /// Journal bytes after which it is replaced by a snapshot, when that makes it much smaller.
    package var journalSnapshotByteCount: Int64 = 16 * 1024 * 1024
    /// Whether every append is brought to the disk before it is answered; without it a crash of the machine, though
    /// not of the process, may lose data.
    package var syncsAppends = false

    package init() {}
}
