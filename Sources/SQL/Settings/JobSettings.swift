package import Dataflow

/// What a file's SET statements say about the job. What it does not say is nil, so that the service's own configuration
/// holds.
package struct JobSettings: Hashable, Sendable {
    /// What a checkpoint promises of the results, as Flink's setting names it.
    package enum CheckpointingMode: String, Hashable, Sendable {
        case exactlyOnce = "EXACTLY_ONCE"
        case atLeastOnce = "AT_LEAST_ONCE"
    }

    /// `pipeline.name`
    package var jobName: String?
    /// `parallelism.default`: 1 or more.
    package var parallelism: Int?
    /// `pipeline.max-parallelism`: the number of key groups, 1 or more.
    package var keyGroupCount: Int?
    /// `execution.checkpointing.interval`
    package var checkpointInterval: Duration?
    /// `execution.checkpointing.timeout`
    package var checkpointTimeout: Duration?
    /// `execution.checkpointing.mode`
    package var checkpointingMode: CheckpointingMode?
    /// `execution.checkpointing.dir`: a URL.
    package var checkpointURL: String?
    /// `execution.checkpointing.num-retained`: 1 or more.
    package var retainedCheckpoints: Int?
    /// `table.exec.temporal-join.retention`: how far behind the watermark versions are kept for late rows.
    package var temporalJoinRetention: Duration = .seconds(3600)
    /// `table.exec.source.idle-timeout`: for tables that do not set `scan.watermark.idle-timeout`.
    package var sourceIdleTimeout: Duration?
    /// `table.local-time-zone`: an IANA name or an offset.
    package var localTimeZone: String?

    /// `millrace.on-error`: what becomes of rows whose expressions fail, and of whatever tables say nothing else about.
    package var onError: RowErrorAction?
    /// `millrace.dead-letter.table`: the declared table that takes dead letters where nothing else is said.
    package var deadLetterTable: String?
    /// `millrace.dead-letter.limit`: rows; see `DeadLetterLimit`.
    package var deadLetterLimit: Int?
    /// `millrace.dead-letter.limit-percent`: of the rows of the same time.
    package var deadLetterPercent: Double?

    package init() {}

    /// What operators do with rows whose expressions fail.
    package var errorPolicy: RowErrorPolicy {
        let standard = DeadLetterLimit()
        return RowErrorPolicy(
            onError ?? .fail,
            limit: DeadLetterLimit(
                count: deadLetterLimit ?? standard.count,
                percent: deadLetterPercent ?? standard.percent))
    }
}
