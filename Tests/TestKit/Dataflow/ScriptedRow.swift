package import Columnar

/// A row of the tables that tests of the runtime stream.
package struct ScriptedRow: Hashable, Sendable {
    package var key: Int64
    package var value: Int64
    /// Event time in microseconds; nil: null.
    package var time: Int64?

    package init(key: Int64, value: Int64, time: Int64?) {
        self.key = key
        self.value = value
        self.time = time
    }

    package static let schema = Schema([
        Field("key", .bigint, isNullable: false),
        Field("value", .bigint, isNullable: false),
        Field("ts", .timestampLTZ(precision: 3)),
    ])

    package static func batch(_ rows: some Collection<ScriptedRow>) -> RecordBatch {
        let columns = schema.fields.map { Column(type: $0.type, capacity: rows.count) }
        columns[0].setAllValid(rows.count)
        columns[1].setAllValid(rows.count)
        for (position, row) in rows.enumerated() {
            columns[0].int64s[position] = row.key
            columns[1].int64s[position] = row.value
            guard let time = row.time else { continue }
            columns[2].int64s[position] = time
            columns[2].setValid(position)
        }
        return RecordBatch(schema: schema, columns: columns, rowCount: rows.count)
    }

    package static func rows(_ batch: RecordBatch) -> [ScriptedRow] {
        var rows: [ScriptedRow] = []
        batch.forEachRow { row in
            rows.append(
                ScriptedRow(
                    key: batch.columns[0].int64s[row], value: batch.columns[1].int64s[row],
                    time: batch.columns[2].isValid(row) ? batch.columns[2].int64s[row] : nil))
        }
        return rows
    }
}
