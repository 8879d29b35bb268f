internal import Columnar
package import Dataflow

extension KafkaConnector {
    /// The source of a table whose records are given instead of read from a broker: its formats, metadata columns and policies are the
    /// table's own; where it starts and ends does not matter. Each read takes one record, so that the watermark stands after each.
    package func makeSource(
        _ spec: SourceSpec, reading records: GivenRecords, _ environment: ConnectorEnvironment
    ) throws -> any Source {
        try translatingErrors { GivenSource(spec, try options(spec.table), records, environment) }
    }
}

/// Reads `GivenRecords` as `KafkaSource` reads topics.
final class GivenSource: Source {
    private let spec: SourceSpec
    private let options: KafkaOptions
    private let records: GivenRecords
    private let environment: ConnectorEnvironment
    private let budget: DeadLetterBudget

    init(
        _ spec: SourceSpec, _ options: KafkaOptions, _ records: GivenRecords, _ environment: ConnectorEnvironment
    ) {
        self.spec = spec
        self.options = options
        self.records = records
        self.environment = environment
        budget = DeadLetterBudget(options.deadLetterLimit, clock: environment.clock)
    }

    /// The topic that records are said to come from.
    private var topic: String {
        if case .names(let names) = options.topics, let first = names.first { return first }
        return spec.table.name
    }

    func start(restored: [SplitState]) throws -> [SplitState] {
        let known = Dictionary(restored.map { ($0.id, $0) }) { first, _ in first }
        return (0..<records.partitionCount).map { partition in
            let id = SplitID(topic: topic, partition: Int32(partition))
            return known[id]
                ?? SplitPosition(
                    id: id, nextOffset: 0, stopOffset: nil, loadOffset: Int64(records.count(partition))
                ).state
        }
    }

    func makeReader(splits: [SplitState], wakeUp: @escaping @Sendable () -> Void) throws -> any SourceReader {
        try translatingErrors {
            let reader = try Reader(
                spec, options, records, splits,
                RejectedRecords(options, table: spec.table.name, environment: environment, budget: budget))
            records.add(wakeUp: wakeUp)
            return reader
        }
    }

    func endOffsets() -> [SplitID: Int64] { [:] }

    func stop() {}

    /// Belongs to one worker.
    private final class Reader: SourceReader {
        let splits: [SplitID]
        private var positions: [SplitPosition]
        private let decoders: [RecordDecoder]
        private let builder: BatchBuilder
        private let origins: BatchBuilder?
        private let messages = MessageBatch(capacity: 1)
        private let records: GivenRecords
        private let rejected: RejectedRecords

        init(
            _ spec: SourceSpec, _ options: KafkaOptions, _ records: GivenRecords, _ states: [SplitState],
            _ rejected: RejectedRecords
        ) throws(KafkaConnectorError) {
            splits = states.map(\.id)
            positions = states.map { SplitPosition($0) }
            let builder = BatchBuilder(schema: spec.schema, capacity: 1, writesRowKinds: options.isUpsert)
            let origins = spec.tracksOrigins ? BatchBuilder(schema: DeadLetter.originSchema, capacity: 1) : nil
            var decoders: [RecordDecoder] = []
            for split in splits {
                decoders.append(
                    try RecordDecoder(spec, options, split: split, builder: builder, origins: origins))
            }
            self.decoders = decoders
            self.builder = builder
            self.origins = origins
            self.records = records
            self.rejected = rejected
        }

        func read(split: Int, maximumRowCount: Int) throws -> SourceRead {
            let position = positions[split]
            switch records.take(Int(position.id.partition), offset: Int(position.nextOffset)) {
            case .nothing: return SourceRead(status: .atEnd)
            case .end: return SourceRead(status: .finished)
            case .record(let record):
                positions[split].nextOffset += 1
                try record.withMessage { message in
                    withUnsafePointer(to: message) { message in
                        Result {
                            messages.put(message, offset: position.nextOffset)
                            defer { messages.release() }
                            try translatingErrors { try decode(split) }
                        }
                    }
                }.get()
                let (letters, skipped) = rejected.take()
                return SourceRead(
                    batch: builder.isEmpty ? nil : builder.finish().tracking(origins: origins?.finish()),
                    deadLetters: letters, skippedCount: skipped, status: .more)
            }
        }

        private func decode(_ split: Int) throws(KafkaConnectorError) {
            rejected.count(1)
            let progress = decoders[split].decode(messages, from: 0, stopOffset: .max)
            rejected.skip(progress.emptyCount)
            guard let why = progress.rejection else { return }
            try rejected.reject(messages, 0, split: splits[split], decoders[split].explain(why))
        }

        func state(split: Int) -> SplitState { positions[split].state }

        func isCaughtUp(split: Int) -> Bool { positions[split].isCaughtUp }

        func close() {
            messages.release()
        }
    }
}
