internal import Columnar
internal import Dataflow

/// Cuts dead letters to what their topic takes: base64 makes a record a third larger than it was in its own topic. Used by one subtask.
///
/// The largest of value, key and headers gives way first. The letter says in its message, or in its reason where it has no message, how
/// much is kept; topic, partition and offset tell where the whole record is.
final class LetterCutter {
    /// Columns that may be cut; headers are JSON, which is of no use in parts, and go as a whole.
    private static let cuttable = ["raw_key", "raw_value", "headers"]
    private static let headers = "headers"
    /// Bytes that are cut at least at a time, so that an end is reached.
    private static let leastCutCount = 16

    private let schema: Schema
    private let columns: [(name: String, index: Int)]
    private let markedColumn: Int?
    private let topic: String
    private let byteLimit: Int
    private let messages: RowMessages
    private let scratch: EncodedChunk

    init(_ spec: SinkSpec, _ options: KafkaOptions, byteLimit: Int) throws(KafkaConnectorError) {
        schema = spec.schema
        columns = Self.cuttable.compactMap { name in spec.schema.index(of: name).map { (name, $0) } }
        markedColumn = spec.schema.index(of: "message") ?? spec.schema.index(of: "reason")
        topic = options.topics.single ?? ""
        self.byteLimit = byteLimit
        messages = try RowMessages(spec, options)
        scratch = EncodedChunk(hasKeys: messages.hasKeys)
    }

    /// The rows of a batch with the large ones cut, and how many these are; nil where all fit.
    ///
    /// - Parameter first: the position in the chunk of the batch's first row.
    /// - Throws: `.recordTooLarge` where the topic takes not even a letter without the record's bytes.
    func fitting(
        _ batch: RecordBatch, in chunk: EncodedChunk, from first: Int
    ) throws(KafkaConnectorError) -> (batch: RecordBatch, cutCount: Int)? {
        let sizes = first..<(first + batch.selectedCount)
        guard sizes.contains(where: { chunk.size($0) > byteLimit }) else { return nil }
        let builder = BatchBuilder(schema: schema, capacity: batch.selectedCount)
        var position = first
        var cutCount = 0
        try batch.forEachRow { row throws(KafkaConnectorError) in
            var gap = DeadLetterGap()
            if chunk.size(position) > byteLimit {
                gap = try self.gap(batch, row)
                cutCount += 1
            }
            position += 1
            append(batch, row, gap, to: builder)
        }
        return (builder.finish(), cutCount)
    }

    /// What must be cut of a letter so that it fits.
    private func gap(_ batch: RecordBatch, _ row: Int) throws(KafkaConnectorError) -> DeadLetterGap {
        let wholeCounts = columns.map { column in
            batch.columns[column.index].isValid(row) ? batch.columns[column.index].bytes(row).count : 0
        }
        var keptCounts = wholeCounts
        var gap = DeadLetterGap()
        while true {
            let size = try encodedSize(batch, row, gap)
            if size <= byteLimit { return gap }
            guard let largest = keptCounts.indices.max(by: { keptCounts[$0] < keptCounts[$1] }),
                keptCounts[largest] > 0
            else {
                throw KafkaConnectorError(
                    .recordTooLarge,
                    "a dead letter of \(size) bytes without its record's bytes does not fit the topic \(topic), which takes \(byteLimit); "
                        + "raise its max.message.bytes and 'properties.message.max.bytes'",
                    context: ErrorContext(topic: topic))
            }
            // Three bytes are four in base64, which is what bytes mostly become.
            let step = max(Self.leastCutCount, (size - byteLimit) * 3 / 4)
            let isWhole = columns[largest].name == Self.headers
            keptCounts[largest] = isWhole ? 0 : max(0, keptCounts[largest] - step)
            gap.cuts = columns.indices.filter { keptCounts[$0] < wholeCounts[$0] }.map { index in
                DeadLetterGap.Cut(
                    column: columns[index].name, keptCount: keptCounts[index], wholeCount: wholeCounts[index])
            }
        }
    }

    private func encodedSize(
        _ batch: RecordBatch, _ row: Int, _ gap: DeadLetterGap
    ) throws(KafkaConnectorError) -> Int {
        let builder = BatchBuilder(schema: schema, capacity: 1)
        append(batch, row, gap, to: builder)
        scratch.removeAll()
        messages.encode(builder.finish(), into: scratch)
        return scratch.size(0)
    }

    private func append(_ batch: RecordBatch, _ row: Int, _ gap: DeadLetterGap, to builder: BatchBuilder) {
        for (index, column) in batch.columns.enumerated() where column.isValid(row) {
            switch column.type.physical {
            case .int32: builder.setInt32(index, column.int32s[row])
            case .int64: builder.setInt64(index, column.int64s[row])
            default:
                var bytes = column.bytes(row)
                if let cut = gap.cut(schema[index].name) {
                    if cut.column == Self.headers { continue }
                    bytes = UnsafeRawBufferPointer(rebasing: bytes.prefix(cut.keptCount))
                }
                if index == markedColumn && !gap.isEmpty {
                    var text = String(decoding: bytes, as: UTF8.self) + gap.mark
                    text.withUTF8 { builder.setBytes(index, UnsafeRawBufferPointer($0)) }
                } else {
                    builder.setBytes(index, bytes)
                }
            }
        }
        builder.commitRow()
    }
}
