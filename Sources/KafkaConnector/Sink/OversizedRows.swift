internal import Columnar
internal import Dataflow

/// What becomes of rows that are larger than their topic takes, by the table's policy; dead letters are cut. Used by one subtask.
final class OversizedRows {
    private let policy: KafkaOptions.ErrorPolicy
    private let table: String
    private let topic: String
    private let byteLimit: Int
    private let budget: DeadLetterBudget
    private let letters: DeadLetterWriter
    /// Nil where the rows are no dead letters.
    private let cutter: LetterCutter?
    private let log: @Sendable (LogEvent) -> Void

    init(
        _ spec: SinkSpec, _ options: KafkaOptions, byteLimit: Int, budget: DeadLetterBudget,
        environment: ConnectorEnvironment
    ) throws(KafkaConnectorError) {
        policy = options.onSinkError
        table = spec.table.name
        topic = options.topics.single ?? ""
        cutter =
            switch spec.content {
            case .rows: nil
            case .deadLetters: try LetterCutter(spec, options, byteLimit: byteLimit)
            }
        self.byteLimit = byteLimit
        self.budget = budget
        log = { [environment] event in environment.tell(event) }
        letters = DeadLetterWriter(job: environment.job.name, clock: environment.clock)
    }

    /// Counts a batch before its rows are encoded.
    func count(_ batch: RecordBatch) {
        if policy != .fail && cutter == nil { budget.count(rows: batch.selectedCount) }
    }

    /// The rows of a batch that are to be written instead, where some are too large: those that are not, or all of them where the large
    /// ones could be cut; nil where all fit. The others are dealt with.
    ///
    /// - Parameter first: the position in the chunk of the batch's first row.
    /// - Throws: `.recordTooLarge` under the policy `fail` and for dead letters of which nothing fits, `.tooManyRejected`.
    func remaining(
        _ batch: RecordBatch, in chunk: EncodedChunk, from first: Int
    ) throws(KafkaConnectorError) -> RecordBatch? {
        if let cutter {
            guard let (fitting, count) = try cutter.fitting(batch, in: chunk, from: first) else { return nil }
            let event = "dead letters were cut to what their topic takes"
            log(LogEvent(.warning, event, ["table": table, "topic": topic, "rows": String(count)]))
            return fitting
        }
        var kept: [Int32] = []
        var position = first
        try batch.forEachRow { row throws(KafkaConnectorError) in
            let size = chunk.size(position)
            position += 1
            if size <= byteLimit { kept.append(Int32(row)) } else { try reject(batch, row, size) }
        }
        let count = batch.selectedCount - kept.count
        if count == 0 { return nil }
        if policy == .skip {
            log(LogEvent(.warning, "rows were left out", ["table": table, "rows": String(count)]))
        }
        return batch.selecting(SelectionVector(kept))
    }

    private func reject(_ batch: RecordBatch, _ row: Int, _ size: Int) throws(KafkaConnectorError) {
        let message = "a row of \(size) bytes does not fit the topic \(topic), which takes \(byteLimit)"
        guard policy != .fail else {
            throw KafkaConnectorError(
                .recordTooLarge,
                "\(message); raise its max.message.bytes and 'properties.message.max.bytes', or set 'sink.on-error' to 'skip' or "
                    + "'dead-letter'", context: ErrorContext(topic: topic))
        }
        let rejection = DeadLetterBudget.Rejection(
            reason: "kafka.record-too-large", message: message, place: batch.place(of: row))
        if let excess = budget.reject(rejection) {
            throw KafkaConnectorError(
                .tooManyRejected,
                "\(excess). Raise the topic's max.message.bytes and run the job again: nothing since the last checkpoint is lost; if "
                    + "so many are expected, raise 'sink.dead-letter.limit'", context: ErrorContext(operatorName: table)
            )
        }
        if policy == .deadLetter {
            letters.append(operatorName: table, reason: rejection.reason, message: message, batch, row: row)
        }
    }

    func takeDeadLetters() -> RecordBatch? { letters.take() }
}
