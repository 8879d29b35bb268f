internal import BuiltinConnectors
internal import Columnar
internal import Dataflow
internal import Execution
internal import Foundation
internal import PostgresConnector
internal import SQL

/// What the systems of a job have committed, seen at one moment: the same epoch in all of them, and their contents as of it.
struct CommittedPoint {
    /// A sink with what reads it back.
    struct Sink {
        var spec: SinkSpec
        var uid: String
        /// The database at that moment; nil for a topic.
        var database: DatabaseInspector?
        /// The topic as a source that ends at that moment; nil for a table.
        var topic: (any Source)?
        /// Where the topic's partitions are read.
        var splits: [SplitState] = []

        var name: String { spec.table.name }
        var connector: String { spec.table.options["connector"] ?? "" }
        var isUpsert: Bool { !spec.table.primaryKey.isEmpty && connector != "kafka" }
    }

    var sinks: [Sink]
    var records: [BookkeepingRecord]
    /// What the group has committed, where the job writes to Kafka.
    var group: CommittedEpoch?
    /// The group's offsets as they are, whatever stands beside them.
    var groupOffsets: [SplitID: Int64] = [:]
    /// What is wrong with the group, where it is not the job's.
    var foreignGroup: String?

    /// What all of them agree on; nil where a system has nothing.
    var lineageAndEpoch: (lineage: String, epoch: Int64)? {
        if let group { return (group.lineage, group.epoch) }
        return records.first.map { ($0.lineage, $0.epoch) }
    }

    /// Whether every system stands at the same epoch.
    var isAgreed: Bool {
        guard let (lineage, epoch) = lineageAndEpoch else { return true }
        return records.allSatisfy { $0.lineage == lineage && $0.epoch == epoch }
    }
}
