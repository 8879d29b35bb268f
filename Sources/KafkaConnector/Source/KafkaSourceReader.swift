internal import Columnar
internal import Dataflow
internal import Failpoints

/// Reads some partitions of a table, for one worker.
final class KafkaSourceReader: SourceReader {
    private struct Split {
        var position: SplitPosition
        let queue: any PartitionQueue
        let decoder: RecordDecoder
        /// The last thing read was the end of the partition.
        var isAtEnd = false
        /// What the first record must look like: that of the checkpoint, which is not read again.
        var expected: Fingerprint?
        /// The offset at which reading stops in this attempt, and records to put aside, with the reason.
        var bound: Int64?
        var excluded: [Int64: String] = [:]
    }

    let splits: [SplitID]
    private let source: KafkaSource
    private let consumer: KafkaConsumer
    private var items: [Split]
    private let builder: BatchBuilder
    /// Filled beside `builder` where rows are to say where they came from.
    private let origins: BatchBuilder?
    private let messages: MessageBatch
    private let rejected: RejectedRecords
    private var hasRead = false

    init(
        source: KafkaSource, consumer: KafkaConsumer, states: [SplitState], wakeUp: @escaping @Sendable () -> Void
    ) throws(KafkaConnectorError) {
        self.source = source
        self.consumer = consumer
        splits = states.map(\.id)
        let capacity = RecordBatch.preferredRowCount
        builder = BatchBuilder(
            schema: source.spec.schema, capacity: capacity, writesRowKinds: source.options.isUpsert)
        origins =
            source.spec.tracksOrigins ? BatchBuilder(schema: DeadLetter.originSchema, capacity: capacity) : nil
        messages = MessageBatch(capacity: capacity)
        rejected = RejectedRecords(
            source.options, table: source.spec.table.name, environment: source.environment,
            budget: source.budget)
        items = []
        let restriction = source.restriction
        for state in states {
            let position = SplitPosition(state)
            var split = Split(
                position: position,
                queue: try consumer.makeQueue(
                    topic: state.id.topic, partition: state.id.partition, wakeUp: wakeUp),
                decoder: try RecordDecoder(
                    source.spec, source.options, split: state.id, builder: builder, origins: origins))
            split.bound = restriction.bounds[state.id]
            split.excluded = restriction.excluded[state.id] ?? [:]
            split.expected = source.isStillThere(position.last, of: state.id) ? position.last : nil
            items.append(split)
        }
        try Failpoint.kafkaBeforeAssign.hit(KafkaConnectorError.atFailpoint)
        // Queues first, so that no message takes the other way.
        try consumer.add(
            items.map { split in
                KafkaPosition(
                    topic: split.position.id.topic, partition: split.position.id.partition,
                    offset: split.expected?.offset ?? split.position.nextOffset)
            })
        try Failpoint.kafkaAfterAssign.hit(KafkaConnectorError.atFailpoint)
    }

    func read(split index: Int, maximumRowCount: Int) throws -> SourceRead {
        if items[index].position.isFinished { return SourceRead(status: .finished) }
        do {
            try source.trouble.check()
            return try take(index, min(maximumRowCount, builder.capacity))
        } catch {
            throw error.dataflowError
        }
    }

    private func take(_ index: Int, _ limit: Int) throws(KafkaConnectorError) -> SourceRead {
        let next = items[index].position.nextOffset
        guard let limit = room(index, limit) else { return SourceRead(status: .waiting) }
        let taken = items[index].queue.read(
            minimumOffset: items[index].expected?.offset ?? next, limit: limit, into: messages)
        defer { messages.release() }
        guard taken > 0 else { return SourceRead(status: status(index, hasMore: false)) }
        if !hasRead {
            hasRead = true
            try Failpoint.kafkaFirstRead.hit(KafkaConnectorError.atFailpoint)
        }
        var first = 0
        if let expected = items[index].expected, messages.count > 0 {
            first = try verify(expected, items[index].position.id)
            items[index].expected = nil
        }
        let count = try decode(index, from: first)
        if count > 0 { items[index].position.last = Fingerprint(messages, count - 1) }
        try advance(index)
        let (letters, skipped) = rejected.take()
        return SourceRead(
            batch: builder.isEmpty ? nil : builder.finish().tracking(origins: origins?.finish()),
            deadLetters: letters, skippedCount: skipped, recordCount: messages.count - first,
            byteCount: messages.byteCount, recordTime: recordTime(first), status: status(index, hasMore: taken == limit)
        )
    }

    /// What a message says of when it was written; nil where there is none or it says nothing.
    private func recordTime(_ index: Int) -> Int64? {
        guard index < messages.count, messages.timestamp(index) >= 0 else { return nil }
        return messages.timestamp(index)
    }

    /// How many messages may be taken of a split; nil at its bound. What is read beyond it all the same, behind a gap of offsets, is
    /// read again by the next attempt.
    private func room(_ index: Int, _ limit: Int) -> Int? {
        guard let bound = items[index].bound else { return limit }
        let left = bound - items[index].position.nextOffset
        if left <= 0 { return nil }
        return min(limit, Int(min(left, Int64(limit))) + (items[index].expected == nil ? 0 : 1))
    }

    /// Decodes messages from `first` on, up to the end of a bounded table; returns the position after the last one.
    private func decode(_ index: Int, from first: Int) throws(KafkaConnectorError) -> Int {
        let decoder = items[index].decoder
        let stop = min(items[index].position.stopOffset ?? .max, items[index].bound ?? .max)
        var progress = RecordDecoder.Progress(next: first)
        rejected.count(messages.count - first)
        while true {
            progress = decoder.decode(
                messages, from: progress.next, stopOffset: min(stop, nextExcluded(index, progress.next)))
            rejected.skip(progress.emptyCount)
            if let why = progress.rejection {
                try rejected.reject(
                    messages, progress.next - 1, split: items[index].position.id, decoder.explain(why))
                continue
            }
            guard progress.next < messages.count, messages.offset(progress.next) < stop,
                let reason = items[index].excluded[messages.offset(progress.next)]
            else { break }
            rejected.putAside(messages, progress.next, split: items[index].position.id, reason)
            progress.next += 1
        }
        return progress.next
    }

    /// The offset of the first record that is put aside, from a message on.
    private func nextExcluded(_ index: Int, _ first: Int) -> Int64 {
        guard !items[index].excluded.isEmpty, first < messages.count else { return .max }
        let start = messages.offset(first)
        return items[index].excluded.keys.filter { $0 >= start }.min() ?? .max
    }

    /// Moves the position behind what was read and deals with what the client reported.
    private func advance(_ index: Int) throws(KafkaConnectorError) {
        var position = items[index].position
        if let next = messages.nextOffset { position.nextOffset = max(position.nextOffset, next) }
        // A position behind the end would say that records were read that were left out.
        if let stop = position.stopOffset { position.nextOffset = min(position.nextOffset, stop) }
        if let bound = items[index].bound { position.nextOffset = min(position.nextOffset, bound) }
        items[index].position = position
        items[index].isAtEnd = messages.isAtEnd
        let context = ErrorContext(
            topic: position.id.topic, partition: position.id.partition, offset: position.nextOffset)
        if let regressed = messages.regressedOffset {
            throw KafkaConnectorError(
                .logChanged,
                "the partition's offsets went back to \(regressed): its log was truncated or made anew; "
                    + "start over with --from-checkpoint none", context: context)
        }
        guard let error = messages.error(context) else { return }
        switch error.code {
        // The client goes on by itself.
        case .unavailable: source.report(error)
        case .offsetOutOfRange: throw outOfRange(index, context, error)
        // It may come back, as after a broker's restart; if not, the next start says so.
        case .topicMissing:
            throw KafkaConnectorError(
                .unavailable, "the topic or partition has gone away", context: context, kafkaCode: error.kafkaCode,
                cause: error)
        default: throw error
        }
    }

    /// The wanted offset is not in the log. Where the table goes on without lost records, the next start finds out what is lost.
    private func outOfRange(
        _ index: Int, _ context: ErrorContext, _ cause: KafkaConnectorError
    ) -> KafkaConnectorError {
        // The record of the checkpoint may have gone without the next one.
        guard source.options.onDataLoss == .earliest || items[index].expected != nil else {
            return KafkaSource.lostRange(context, cause: cause)
        }
        return KafkaConnectorError(
            .unavailable, "the records from this offset on have gone; the job looks anew at what the topic holds",
            context: context, kafkaCode: cause.kafkaCode, cause: cause)
    }

    /// Compares the first record with the last one that the checkpoint had read; returns the position after it.
    private func verify(_ expected: Fingerprint, _ id: SplitID) throws(KafkaConnectorError) -> Int {
        let found = Fingerprint(messages, 0)
        if found == expected { return 1 }
        if found.offset > expected.offset {
            // Compaction took it, which is its right.
            source.reportMissing(expected, of: id)
            return 0
        }
        throw KafkaConnectorError(
            .logChanged,
            "the record at offset \(expected.offset) is not the one that the checkpoint has read: the topic was made anew; "
                + "start over with --from-checkpoint none",
            context: ErrorContext(topic: id.topic, partition: id.partition, offset: expected.offset))
    }

    private func status(_ index: Int, hasMore: Bool) -> SourceRead.Status {
        let split = items[index]
        if split.position.isFinished { return .finished }
        if hasMore { return .more }
        return split.isAtEnd ? .atEnd : .waiting
    }

    /// The client's word that the end is reached is as old as the last fetch that was answered: the broker is asked anew.
    func lastKnownEmpty(split: Int, wanted: UInt64) -> UInt64? {
        let position = items[split].position
        if position.isFinished { return .max }
        return source.lastKnownEnd(of: position.id, at: position.nextOffset, wanted: wanted)
    }

    func state(split: Int) -> SplitState { items[split].position.state }

    func isCaughtUp(split: Int) -> Bool { items[split].position.isCaughtUp }

    func close() {
        messages.release()
        items = []
    }
}
