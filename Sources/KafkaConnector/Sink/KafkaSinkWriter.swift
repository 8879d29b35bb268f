internal import Columnar
internal import Dataflow

/// One subtask of a Kafka sink.
///
/// Small batches are gathered, so that librdkafka is called for many rows at once.
final class KafkaSinkWriter: SinkWriter {
    /// Rows that are handed over without waiting for more.
    private static let gatheredRowCount = 1024
    private static let gatheredByteCount = 1 << 20

    private let messages: RowMessages
    private let buffer: SinkBuffer
    private let output: any SinkOutput
    private let limits: KafkaSink.Limits
    private let oversized: OversizedRows
    private var stickyPartition: Int32
    /// Rows that are not with the buffer yet.
    private var gathered: EncodedChunk?
    private(set) var writtenByteCount = 0

    init(
        messages: RowMessages, buffer: SinkBuffer, output: any SinkOutput, subtask: Int, limits: KafkaSink.Limits,
        oversized: OversizedRows
    ) {
        self.messages = messages
        self.buffer = buffer
        self.output = output
        self.limits = limits
        self.oversized = oversized
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
            try encode(batch, into: chunk)
            if chunk.count >= Self.gatheredRowCount || chunk.byteCount >= Self.gatheredByteCount { try handOver() }
        }
    }

    private func encode(_ batch: RecordBatch, into chunk: EncodedChunk) throws(KafkaConnectorError) {
        let (first, byteCount) = (chunk.count, chunk.byteCount)
        oversized.count(batch)
        messages.encode(batch, into: chunk)
        // Where all rows together are small enough, each of them is.
        guard chunk.byteCount - byteCount > limits.messageBytes,
            let remaining = try oversized.remaining(batch, in: chunk, from: first)
        else {
            writtenByteCount += chunk.byteCount - byteCount
            return
        }
        chunk.truncate(to: first)
        messages.encode(remaining, into: chunk)
        writtenByteCount += chunk.byteCount - byteCount
    }

    func takeDeadLetters() -> RecordBatch? { oversized.takeDeadLetters() }

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
        try buffer.append(chunk)
    }

    func nudge() throws {
        try translatingErrors(explainedBy: output.explain) {
            // What waits for the end of its epoch fills whole chunks.
            if !buffer.isSpooled { try handOver() }
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
