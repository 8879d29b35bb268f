internal import Columnar
internal import Dataflow

/// One subtask of a Kafka sink.
///
/// Small batches are gathered, so that librdkafka is called for many rows at once.
final class KafkaSinkWriter: SinkWriter {
    /// Rows that are handed over without waiting for more.
    private static let gatheredRowCount = 1024

    private let messages: RowMessages
    private let buffer: SinkBuffer
    private let output: any SinkOutput
    private let limits: KafkaSink.Limits
    private let topic: String
    private var stickyPartition: Int32
    /// Rows that are not with the buffer yet.
    private var gathered: EncodedChunk?

    init(
        messages: RowMessages, buffer: SinkBuffer, output: any SinkOutput, subtask: Int, limits: KafkaSink.Limits,
        topic: String
    ) {
        self.messages = messages
        self.buffer = buffer
        self.output = output
        self.limits = limits
        self.topic = topic
        stickyPartition = Int32(subtask % Int(limits.partitionCount))
        output.add(buffer)
    }

    var isReady: Bool { buffer.isReady }

    func write(_ batch: RecordBatch) throws {
        guard batch.selectedCount > 0 else { return }
        try translatingErrors(explainedBy: output.explain) {
            if let gathered, gathered.count + batch.selectedCount > RecordBatch.maximumRowCount { try handOver() }
            let chunk = gathered ?? buffer.takeChunk()
            gathered = chunk
            messages.encode(batch, into: chunk)
            if chunk.count >= Self.gatheredRowCount { try handOver() }
        }
    }

    /// Gives what was gathered to the buffer.
    private func handOver() throws(KafkaConnectorError) {
        guard let chunk = gathered else { return }
        gathered = nil
        chunk.stickyPartition = stickyPartition
        switch messages.partitioner {
        case .fixed: break
        case .standard: stickyPartition = (stickyPartition + 1) % limits.partitionCount
        case .roundRobin: stickyPartition = (stickyPartition + Int32(chunk.count)) % limits.partitionCount
        }
        // Where all rows together are small enough, each of them is.
        if chunk.byteCount > limits.messageBytes { try checkSizes(chunk) }
        try buffer.append(chunk)
    }

    private func checkSizes(_ chunk: EncodedChunk) throws(KafkaConnectorError) {
        for row in 0..<chunk.count {
            let size = chunk.size(row)
            if size > limits.messageBytes {
                throw KafkaConnectorError(
                    .recordTooLarge,
                    "a row of \(size) bytes does not fit the topic, which takes \(limits.messageBytes); raise its "
                        + "max.message.bytes and 'properties.message.max.bytes', or filter such rows out",
                    context: ErrorContext(topic: topic))
            }
        }
    }

    func nudge() throws {
        try translatingErrors(explainedBy: output.explain) {
            try handOver()
            try buffer.pump()
        }
    }

    func endEpoch(_ epoch: Int64) throws {
        try translatingErrors(explainedBy: output.explain) { try handOver() }
        if output.hasEpochs { buffer.seal(epoch) }
    }

    func flush() throws {
        try translatingErrors(explainedBy: output.explain) {
            try handOver()
            try output.flush(buffer)
        }
    }

    func close() {
        gathered = nil
        output.remove(buffer)
        buffer.reset()
    }
}
