internal import Columnar
internal import Dataflow
internal import Synchronization

/// Takes the rows of a replay in the place of a sink; nothing leaves the process.
final class ReplaySink: Sink {
    let participant: (any CommitParticipant)? = nil
    private let spec: SinkSpec
    private let key: [String]
    private let spool: RowSpool
    /// Set once every row that was due is here.
    private let isFlushing = Atomic(false)

    init(_ spec: SinkSpec, key: [String], spool: RowSpool) {
        self.spec = spec
        self.key = key
        self.spool = spool
    }

    /// Rows that come from now on come only because the input has ended.
    func beginFlush() { isFlushing.store(true, ordering: .releasing) }

    func start() throws {}

    func makeWriter(subtask: Int, wakeUp: @escaping @Sendable () -> Void) throws -> any SinkWriter {
        Writer(self, try RowImages(schema: spec.schema, key: key))
    }

    func stop() {}

    private final class Writer: SinkWriter {
        private let sink: ReplaySink
        private let images: RowImages
        let isReady = true

        init(_ sink: ReplaySink, _ images: RowImages) {
            self.sink = sink
            self.images = images
        }

        func write(_ batch: RecordBatch) throws {
            let isFlushed = sink.isFlushing.load(ordering: .acquiring)
            try images.forEach(batch) { _, image in
                // What was there before an update says nothing to a table by key.
                if image.kind == .updateBefore { return }
                let isDelete = image.kind == .delete
                try sink.spool.append(
                    RowSpool.Row(
                        key: image.key, row: isDelete ? "" : image.row, isDelete: isDelete, isFlushed: isFlushed))
            }
        }

        func nudge() throws {}
        func endEpoch(_ epoch: Int64) throws {}
        func flush() throws {}
        func close() {}
    }
}
