package import Columnar

/// Where the records are that the rows were made of.
extension RowBuffer {
    /// Whether rows come out with the places of their records.
    package enum Places: Hashable, Sendable {
        case dropped
        case kept
    }

    /// What is kept of each row's record: the first columns of a batch's origins.
    package static let placeSchema = Schema([
        Field("topic", .string), Field("partition", .int), Field("offset", .bigint),
        Field("timestamp", .timestampLTZ(precision: 3)),
    ])

    static func withPlaces(_ schema: Schema) -> Schema { Schema(schema.fields + placeSchema.fields) }

    var keepsPlaces: Bool { storedSchema.count > schema.count }

    /// The columns of a batch that are kept.
    func stored(_ batch: RecordBatch) -> RecordBatch {
        guard keepsPlaces else { return batch }
        return batch.replacing(schema: storedSchema, columns: batch.columns + Self.places(batch))
    }

    /// A batch of either kind as the blocks have it.
    func fitted(_ batch: RecordBatch) -> RecordBatch {
        if batch.columns.count == storedSchema.count { return batch }
        return stored(batch.replacing(schema: schema, columns: Array(batch.columns.prefix(schema.count))))
    }

    /// A batch of stored columns as it was taken in.
    func released(_ batch: RecordBatch) -> RecordBatch {
        guard keepsPlaces else { return batch }
        let places = RecordBatch(
            schema: Self.placeSchema, columns: Array(batch.columns.dropFirst(schema.count)), rowCount: batch.rowCount)
        return RecordBatch(
            schema: schema, columns: Array(batch.columns.prefix(schema.count)), rowCount: batch.rowCount,
            origins: places)
    }

    private static func places(_ batch: RecordBatch) -> [Column] {
        guard let origins = batch.origins else {
            return placeSchema.fields.map { Column(type: $0.type, capacity: batch.rowCount) }
        }
        let given = origins.columns.prefix(placeSchema.count)
        precondition(given.map(\.type) == placeSchema.fields.map(\.type), "origins \(origins.schema)")
        return [topics(given[0], batch)] + given.dropFirst()
    }

    /// The topics in an arena of their own, as the origins' holds the records' bytes too. Most rows come from the topic of the row before.
    private static func topics(_ given: Column, _ batch: RecordBatch) -> Column {
        let column = Column(type: given.type, capacity: batch.rowCount)
        guard let arena = column.arena else { preconditionFailure("\(given.type) column has no bytes") }
        var last: (bytes: UnsafeRawBufferPointer, slice: ByteSlice)?
        batch.forEachRow { row in
            guard given.isValid(row) else { return }
            let bytes = given.bytes(row)
            var slice = ByteSlice(offset: 0, length: 0)
            if let last, last.bytes.elementsEqual(bytes) {
                slice = last.slice
            } else if !bytes.isEmpty {
                slice = arena.append(bytes)
            }
            last = (bytes, slice)
            column.slices[row] = slice
            column.setValid(row)
        }
        return column
    }
}
