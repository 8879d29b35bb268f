/// A metric that the service exposes: its documentation and the shape of its family.
package struct MetricDefinition: Hashable, Sendable {
    /// As in OpenMetrics.
    package enum Kind: String, Hashable, Sendable {
        case counter, gauge, histogram
    }

    /// Without the suffix `_total` of counters; ends in the unit, if it has one.
    package var name: String
    package var kind: Kind
    package var labels: [String]
    package var help: String
    /// Upper bounds, inclusive and rising; of histograms.
    package var buckets: [Double]

    init(_ name: String, _ kind: Kind, _ labels: [String] = [], _ help: String, buckets: [Double] = []) {
        self.name = name
        self.kind = kind
        self.labels = labels
        self.help = help
        self.buckets = buckets
    }

    /// The last word of the name where it is a unit of OpenMetrics; nil for plain numbers.
    package var unit: String? {
        ["seconds", "bytes"].first { name.hasSuffix("_" + $0) }
    }

    static let durations: [Double] = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300,
    ]
    static let delays: [Double] = [
        0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 21_600, 86_400,
    ]
    static let sizes: [Double] = (0..<12).map { Double(1 << (10 + 2 * $0)) }
}

extension MetricDefinition {
    static let info = MetricDefinition("millrace_build_info", .gauge, ["job", "version"], "Always 1.")
    static let ready = MetricDefinition(
        "millrace_ready", .gauge, [],
        "1 while the job is restored, its input assigned and its systems reachable, as /health/ready says.")
    static let paused = MetricDefinition("millrace_paused", .gauge, [], "1 while an operator has paused the job.")
    static let restarts = MetricDefinition(
        "millrace_restarts", .counter, [], "Restarts from the last checkpoint within this process.")
    static let failingSeconds = MetricDefinition(
        "millrace_failing_seconds", .gauge, [],
        "For how long attempts have failed without a commit in between; 0 when all is well.")

    static let operatorRowsIn = MetricDefinition(
        "millrace_operator_rows_in", .counter, ["operator", "role"], "Rows taken in by an operator, on all inputs.")
    static let operatorRowsOut = MetricDefinition(
        "millrace_operator_rows_out", .counter, ["operator", "role"], "Rows given on by an operator, on all outputs.")
    static let operatorBatchesIn = MetricDefinition(
        "millrace_operator_batches_in", .counter, ["operator", "role"], "Batches taken in by an operator.")
    static let operatorBatchesOut = MetricDefinition(
        "millrace_operator_batches_out", .counter, ["operator", "role"], "Batches given on by an operator.")
    static let sourceBytes = MetricDefinition(
        "millrace_source_read_bytes", .counter, ["operator"], "Bytes of the records that a source has read.")
    static let sinkBytes = MetricDefinition(
        "millrace_sink_written_bytes", .counter, ["operator"],
        "Bytes that rows became in the form in which a sink sends them.")
    static let operatorLateRows = MetricDefinition(
        "millrace_operator_late_rows", .counter, ["operator", "input"],
        "Rows that came after the watermark had passed them; input is left or right.")
    static let operatorSkippedRows = MetricDefinition(
        "millrace_operator_skipped_rows", .counter, ["operator"], "Rows left out under the policy skip.")
    static let deadLetters = MetricDefinition(
        "millrace_dead_letters", .counter, ["operator", "reason"], "Rows put aside under the policy dead-letter.")
    static let stateEntries = MetricDefinition(
        "millrace_state_entries", .gauge, ["operator"], "Entries of an operator's state, as of the last checkpoint.")
    static let stateBytes = MetricDefinition(
        "millrace_state_bytes", .gauge, ["operator"], "Bytes of an operator's state, as of the last checkpoint.")
    static let queuedBatches = MetricDefinition(
        "millrace_operator_queued_batches", .gauge, ["operator"], "Batches that wait before an operator.")
    static let operatorHeldBack = MetricDefinition(
        "millrace_operator_held_back_seconds", .counter, ["operator"],
        "Time for which an operator had input and no room for what would come of it, over its subtasks: back-pressure from behind it."
    )
    static let watermarkDelay = MetricDefinition(
        "millrace_operator_watermark_delay_seconds", .gauge, ["operator"],
        "How far an operator's watermark is behind the clock.")

    static let operatorRetries = MetricDefinition(
        "millrace_operator_retries", .counter, ["operator"],
        "What an operator has tried again at its system without failing: rows of a sink, questions of a lookup or a source."
    )
    static let operatorFailing = MetricDefinition(
        "millrace_operator_failing_seconds", .gauge, ["operator"],
        "For how long an operator's system has failed what is tried again and again; 0 when it answers.")
    static let sinkCommittedRows = MetricDefinition(
        "millrace_sink_committed_rows", .gauge, ["operator"],
        "Rows that a sink was given in all committed checkpoints since the job was created, changes and deletes included."
    )

    static let partitionOffset = MetricDefinition(
        "millrace_partition_next_offset", .gauge, ["table", "topic", "partition"], "Offset of the next record to read.")
    static let partitionEnd = MetricDefinition(
        "millrace_partition_end_offset", .gauge, ["table", "topic", "partition"],
        "One past the last record of the partition.")
    static let partitionLag = MetricDefinition(
        "millrace_partition_lag_records", .gauge, ["table", "topic", "partition"], "Records not read yet.")
    static let partitionRecords = MetricDefinition(
        "millrace_partition_read_records", .counter, ["table", "topic", "partition"],
        "Records read, those that are left out or put aside included.")
    static let partitionBytes = MetricDefinition(
        "millrace_partition_read_bytes", .counter, ["table", "topic", "partition"],
        "Bytes of the keys and values of records read.")
    static let partitionDelay = MetricDefinition(
        "millrace_partition_watermark_delay_seconds", .gauge, ["table", "topic", "partition"],
        "How far the partition's watermark is behind the clock.")
    static let partitionIdle = MetricDefinition(
        "millrace_partition_idle", .gauge, ["table", "topic", "partition"],
        "1 while the partition is read to its end and silent, and so holds no watermark.")
    static let partitionLost = MetricDefinition(
        "millrace_partition_lost_records", .gauge, ["table", "topic", "partition"],
        "Offsets that were gone before they could be read (scan.on-data-loss), since the job was created.")

    static let workerBusy = MetricDefinition(
        "millrace_worker_busy_seconds", .counter, ["worker"], "Time that a worker thread has worked.")
    static let workerIdle = MetricDefinition(
        "millrace_worker_idle_seconds", .counter, ["worker"], "Time that a worker thread has had nothing to do.")
    static let workerHeldBack = MetricDefinition(
        "millrace_worker_held_back_seconds", .counter, ["worker"],
        "Time that a worker thread has waited for room in a queue or a sink: back-pressure.")

    static let checkpoints = MetricDefinition(
        "millrace_checkpoints", .counter, [], "Checkpoints committed by this process.")
    static let checkpointEpoch = MetricDefinition(
        "millrace_checkpoint_epoch", .gauge, [], "The number of the last committed checkpoint.")
    static let checkpointTime = MetricDefinition(
        "millrace_checkpoint_last_timestamp_seconds", .gauge, [],
        "When the last checkpoint of this process was committed, since 1970.")
    static let checkpointDuration = MetricDefinition(
        "millrace_checkpoint_duration_seconds", .histogram, ["phase"],
        "How long checkpoints took; phase is capture (barriers through the job), store (files), prepare and commit (all systems), or total.",
        buckets: durations)
    static let checkpointSize = MetricDefinition(
        "millrace_checkpoint_size_bytes", .histogram, [],
        "What was written for a checkpoint: changed state and redo logs.",
        buckets: sizes)
    static let commitDuration = MetricDefinition(
        "millrace_commit_duration_seconds", .histogram, ["participant"], "How long a system took to commit.",
        buckets: durations)
    static let commitFailures = MetricDefinition(
        "millrace_commit_failures", .counter, ["participant"],
        "Commits that did not succeed, or of which it was not known.")
    static let commitRetries = MetricDefinition(
        "millrace_commit_retries", .counter, ["participant"], "Steps of commits that a system had to be asked again.")
    static let commitDelay = MetricDefinition(
        "millrace_record_commit_delay_seconds", .histogram, ["topic"],
        "End-to-end latency: from the timestamp of each record in its topic to the commit of what came of it. The records of one read count with the first one's.",
        buckets: delays)

    static let memory = MetricDefinition("process_resident_memory_bytes", .gauge, [], "Resident memory.")
    static let usedMemory = MetricDefinition(
        "millrace_memory_used_bytes", .gauge, [], "Memory without pages of files, which the kernel can take back.")
    static let memoryLimit = MetricDefinition(
        "millrace_memory_limit_bytes", .gauge, [], "What the used memory may come to; absent without a limit.")
    static let held = MetricDefinition(
        "millrace_memory_held", .gauge, [], "1 while nothing is read because memory is near its limit.")
    static let cpu = MetricDefinition("process_cpu_seconds", .counter, [], "User and system CPU time.")
    static let openFiles = MetricDefinition("process_open_fds", .gauge, [], "Open file descriptors.")
    static let threads = MetricDefinition("process_threads", .gauge, [], "Threads.")
    static let startTime = MetricDefinition(
        "process_start_time_seconds", .gauge, [], "When the job was started, since 1970.")

    /// In the order in which they are exposed and documented.
    package static let all = ofJob + ofClients + ofProcess

    private static let ofJob = [
        info, ready, paused, restarts, failingSeconds, operatorRowsIn, operatorRowsOut, operatorBatchesIn,
        operatorBatchesOut, sourceBytes, sinkBytes, operatorLateRows, operatorSkippedRows, deadLetters, stateEntries,
        stateBytes, queuedBatches, operatorHeldBack, watermarkDelay, operatorRetries, operatorFailing,
        sinkCommittedRows, partitionOffset,
        partitionEnd, partitionLag, partitionRecords,
        partitionBytes, partitionDelay, partitionIdle, partitionLost, workerBusy, workerIdle, workerHeldBack,
        checkpoints, checkpointEpoch, checkpointTime, checkpointDuration, checkpointSize, commitDuration,
        commitFailures, commitRetries, commitDelay,
    ]
    private static let ofProcess = [memory, usedMemory, memoryLimit, held, cpu, openFiles, threads, startTime]

    /// All of them as a Markdown table.
    package static func documentation() -> String {
        var lines = ["| metric | type | labels | meaning |", "|---|---|---|---|"]
        for metric in all {
            let name = metric.kind == .counter ? metric.name + "_total" : metric.name
            let labels = metric.labels.isEmpty ? "-" : metric.labels.joined(separator: ", ")
            lines.append("| `\(name)` | \(metric.kind.rawValue) | \(labels) | \(metric.help) |")
        }
        return lines.joined(separator: "\n")
    }
}
