internal import Columnar
internal import Dataflow

/// A row that its table does not take, as it is kept in the dead letters.
struct RefusedRow: Sendable, Equatable {
    /// The table that it was meant for.
    let table: String
    /// A stable code, such as `postgres.22003`.
    let reason: String
    /// The reason in words, without values.
    let message: String
    /// The row as a JSON object.
    let json: String
    /// The record that the row was made of.
    var origin: Origin?

    /// The columns of `DeadLetter.originSchema` as texts; bytes are hexadecimal digits.
    struct Origin: Sendable, Equatable {
        let columns: [String?]

        /// The record of a row of a batch; nil where that is not known.
        init?(_ batch: RecordBatch, row: Int) {
            guard let origins = batch.origins, origins.columns[DeadLetter.originOffset].isValid(row) else { return nil }
            columns = origins.columns.map { column in
                guard column.isValid(row) else { return nil }
                switch column.type {
                case .int: return String(column.int32s[row])
                case .bigint: return String(column.int64s[row])
                case .timestampLTZ: return CivilTime.text(column.int64s[row]) + "Z"
                case .bytes: return Self.hexadecimal(column.bytes(row))
                default: return String(decoding: column.bytes(row), as: UTF8.self)
                }
            }
        }

        /// What a redo log has kept.
        init(columns: [String?]) {
            self.columns = columns
        }

        private static func hexadecimal(_ bytes: UnsafeRawBufferPointer) -> String {
            let digits = Array("0123456789abcdef".utf8)
            var text: [UInt8] = []
            text.reserveCapacity(bytes.count * 2)
            for byte in bytes {
                text.append(digits[Int(byte >> 4)])
                text.append(digits[Int(byte & 15)])
            }
            return String(decoding: text, as: UTF8.self)
        }
    }
}
