package import Columnar

/// Makes rows of `DeadLetter.schema`. Used by one thread; holds at most one batch.
package final class DeadLetterWriter {
    private let job: String
    private let clock: ProcessingClock
    private var builder: BatchBuilder?

    package init(job: String, clock: ProcessingClock) {
        self.job = job
        self.clock = clock
    }

    /// Whether `take` must be called before the next row.
    package var isFull: Bool { builder?.isFull ?? false }

    /// Adds a row of a batch; where its record is not known, or only its place, the row itself as JSON stands for the raw value.
    package func append(
        operatorName: String, reason: String, message: String, _ batch: RecordBatch, row: Int
    ) {
        let gap = DeadLetterGap(holdsRow: batch.hasPlaceOnly(row))
        let builder = begin(operatorName: operatorName, reason: reason, message: message + gap.mark)
        var hasValue = false
        if let origins = batch.origins {
            for (column, source) in origins.columns.enumerated() where source.isValid(row) {
                let target = DeadLetter.originColumns.lowerBound + column
                switch source.type.physical {
                case .int32: builder.setInt32(target, source.int32s[row])
                case .int64: builder.setInt64(target, source.int64s[row])
                default: builder.setBytes(target, source.bytes(row))
                }
            }
            // A tombstone is known by its key alone.
            hasValue = origins.columns[DeadLetter.originOffset].isValid(row) && !gap.holdsRow
        }
        if !hasValue {
            var text = RowJSON.text(batch, row: row)
            let target = DeadLetter.originColumns.lowerBound + DeadLetter.originRawValue
            text.withUTF8 { builder.setBytes(target, UnsafeRawBufferPointer($0)) }
        }
        builder.commitRow()
    }

    private func begin(operatorName: String, reason: String, message: String) -> BatchBuilder {
        // Rare, so the memory is not kept between batches.
        let builder = builder ?? BatchBuilder(schema: DeadLetter.schema, capacity: RecordBatch.preferredRowCount)
        self.builder = builder
        for (column, text) in [job, operatorName, reason, message].enumerated() {
            var text = text
            text.withUTF8 { builder.setBytes(column, UnsafeRawBufferPointer($0)) }
        }
        builder.setInt64(DeadLetter.schema.count - 1, clock.now().microseconds)
        return builder
    }

    /// What was added since the last call; nil where nothing was.
    package func take() -> RecordBatch? {
        guard let builder, !builder.isEmpty else { return nil }
        self.builder = nil
        return builder.finish()
    }
}

extension RecordBatch {
    /// Whether the place of a row's record is known, but nothing of what it held.
    package func hasPlaceOnly(_ row: Int) -> Bool {
        guard let origins, origins.columns[DeadLetter.originOffset].isValid(row) else { return false }
        return origins.columns.count == DeadLetter.placeColumnCount
    }

    /// `topic-partition@offset` of the record that a row was made of; nil where that is not known.
    package func place(of row: Int) -> String? {
        guard let origins, origins.columns[DeadLetter.originOffset].isValid(row) else { return nil }
        let topic = String(decoding: origins.columns[DeadLetter.originTopic].bytes(row), as: UTF8.self)
        let partition = origins.columns[DeadLetter.originPartition].int32s[row]
        return "\(topic)-\(partition)@\(origins.columns[DeadLetter.originOffset].int64s[row])"
    }
}
