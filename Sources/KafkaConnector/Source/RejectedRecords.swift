internal import Columnar
internal import Dataflow
internal import Formats

/// What becomes of records that cannot be decoded, by the table's policy. Used by one thread.
final class RejectedRecords {
    private let policy: KafkaOptions.ErrorPolicy
    private let table: String
    private let environment: ConnectorEnvironment
    private let budget: DeadLetterBudget
    private var letters: BatchBuilder?
    private(set) var skippedCount = 0
    private let limiter = RepetitionLimiter()

    /// - Parameter budget: of the table, for all its readers.
    init(_ options: KafkaOptions, table: String, environment: ConnectorEnvironment, budget: DeadLetterBudget) {
        policy = options.onError
        self.table = table
        self.environment = environment
        self.budget = budget
    }

    /// Counts records that were read, once per batch and before it is decoded.
    func count(_ records: Int) {
        budget.count(rows: records)
    }

    /// Deals with one record.
    ///
    /// - Throws: `.invalidRecord` under the policy `fail`, and when too many have been rejected.
    func reject(
        _ batch: MessageBatch, _ index: Int, split: SplitID, _ why: (code: String, message: String)
    ) throws(KafkaConnectorError) {
        let offset = batch.offset(index)
        let context = ErrorContext(operatorName: table, topic: split.topic, partition: split.partition, offset: offset)
        guard policy != .fail else {
            throw KafkaConnectorError(
                .invalidRecord,
                "a record cannot be decoded: \(why.message); set 'scan.on-error' to 'skip' or 'dead-letter' to go on without it",
                context: context)
        }
        let rejection = DeadLetterBudget.Rejection(
            reason: why.code, message: why.message, place: "\(split)@\(offset)")
        if let excess = budget.reject(rejection) {
            throw KafkaConnectorError(
                .tooManyRejected,
                "\(excess). If the records have changed, mend the table's declaration and run the job again: nothing since the "
                    + "last checkpoint is lost; if so many are expected, raise 'scan.dead-letter.limit'",
                context: context)
        }
        if policy == .skip {
            skippedCount += 1
            report(context, why)
        } else {
            append(batch, index, split: split, why)
        }
    }

    /// Says what is left out, of each reason the first and then one now and again.
    private func report(_ context: ErrorContext, _ why: (code: String, message: String)) {
        guard let before = limiter.admit(why.code, now: environment.clock.monotonicNanoseconds()) else { return }
        environment.tell(
            LogEvent(
                .warning, "a record cannot be decoded and is left out",
                [
                    "table": table, "record": "\(context)", "reason": why.code, "problem": why.message,
                    "suppressed": String(before),
                ]
            ).at(ErrorContext(topic: context.topic, partition: context.partition, offset: context.offset)))
    }

    /// Deals with a record that makes the job fail. Never under the policy `fail`.
    func putAside(_ batch: MessageBatch, _ index: Int, split: SplitID, _ reason: String) {
        if policy == .skip {
            skippedCount += 1
        } else {
            append(batch, index, split: split, ("quarantine.record", reason))
        }
    }

    /// Leaves out records that are no rows.
    func skip(_ count: Int) {
        skippedCount += count
    }

    private func append(_ batch: MessageBatch, _ index: Int, split: SplitID, _ why: (code: String, message: String)) {
        let builder = letters ?? BatchBuilder(schema: DeadLetter.schema, capacity: RecordBatch.maximumRowCount)
        letters = builder
        let texts = [environment.job.name, table, why.code, why.message, split.topic]
        for (column, text) in texts.enumerated() {
            var text = text
            text.withUTF8 { builder.setBytes(column, UnsafeRawBufferPointer($0)) }
        }
        builder.setInt32(5, split.partition)
        builder.setInt64(6, batch.offset(index))
        let milliseconds = batch.timestamp(index)
        if milliseconds >= 0 { builder.setInt64(7, Timestamp(milliseconds: milliseconds).microseconds) }
        if let key = batch.key(index) { builder.setBytes(8, key) }
        if let value = batch.value(index) { builder.setBytes(9, value) }
        var headers = HeaderText.json(batch, index)
        headers.withUTF8 { builder.setBytes(10, UnsafeRawBufferPointer($0)) }
        builder.setInt64(11, environment.clock.now().microseconds)
        builder.commitRow()
    }

    /// What was rejected since the last call: rows of `DeadLetter.schema`, and the number of records left out.
    func take() -> (letters: RecordBatch?, skipped: Int) {
        let skipped = skippedCount
        skippedCount = 0
        guard let builder = letters, !builder.isEmpty else { return (nil, skipped) }
        let batch = builder.finish()
        // Rare, so the memory is not kept.
        letters = nil
        return (batch, skipped)
    }
}
