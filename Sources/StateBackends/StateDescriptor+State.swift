internal import Columnar

extension StateDescriptor {
    /// An empty state of this shape that owns every key group: what a snapshot is read into where there is no job, to prove that it can
    /// be read.
    ///
    /// - Returns: nil for a layout or a type that this release does not know.
    package func makeState(keyGroupCount: Int) -> (any CheckpointedState)? {
        let placement = KeyGroupPlacement(owned: 0..<keyGroupCount, count: keyGroupCount)
        guard let keys = Self.fields(keyFields), let values = Self.fields(valueFields), !keys.isEmpty else {
            return nil
        }
        switch layout {
        case "keyed-table/1":
            return KeyedTable(
                name: name, schema: Schema(keys + values), keyColumns: Array(keys.indices), placement: placement)
        case "versioned-table/1":
            guard values.first?.type.isTimestamp == true else { return nil }
            return VersionedTable(
                name: name, schema: Schema(keys + values), keyColumns: Array(keys.indices), timeColumn: keys.count,
                placement: placement)
        case Self.rowBuffer, Self.rowBufferWithPlaces:
            // The key columns are among the rows' own; which column is the time does not matter for reading.
            let columns = keys.compactMap { key in values.firstIndex { $0.name == key.name && $0.type == key.type } }
            guard columns.count == keys.count, let time = values.firstIndex(where: \.type.isTimestamp) else {
                return nil
            }
            let shape = RowBuffer.Shape(
                schema: Schema(values), keyColumns: columns, timeColumn: time,
                places: layout == Self.rowBuffer ? .dropped : .kept)
            return RowBuffer(name: name, shape, placement: placement)
        default: return nil
        }
    }

    private static func fields(_ saved: [StateField]) -> [Field]? {
        var fields: [Field] = []
        for field in saved {
            guard let type = LogicalType(stateText: field.type) else { return nil }
            fields.append(Field(field.name, type, isNullable: field.isNullable))
        }
        return fields
    }
}

extension LogicalType {
    /// Reads what `description` wrote into a descriptor.
    init?(stateText text: String) {
        let parts = text.split(separator: "(", maxSplits: 1)
        guard let name = parts.first else { return nil }
        let numbers = parts.count < 2 ? [] : parts[1].dropLast().split(separator: ",").compactMap { Self.number($0) }
        switch (name, numbers.count) {
        case ("BOOLEAN", 0): self = .boolean
        case ("INT", 0): self = .int
        case ("BIGINT", 0): self = .bigint
        case ("DOUBLE", 0): self = .double
        case ("STRING", 0): self = .string
        case ("BYTES", 0): self = .bytes
        case ("DATE", 0): self = .date
        case ("DECIMAL", 2) where (1...38).contains(numbers[0]) && (0...numbers[0]).contains(numbers[1]):
            self = .decimal(precision: numbers[0], scale: numbers[1])
        case ("TIMESTAMP", 1) where numbers[0] == 3 || numbers[0] == 6: self = .timestamp(precision: numbers[0])
        case ("TIMESTAMP_LTZ", 1) where numbers[0] == 3 || numbers[0] == 6:
            self = .timestampLTZ(precision: numbers[0])
        default: return nil
        }
    }

    private static func number(_ text: Substring) -> Int? { Int(text.drop { $0 == " " }) }
}
