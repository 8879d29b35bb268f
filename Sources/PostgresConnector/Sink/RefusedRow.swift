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
    /// The row as a JSON object, where it stands for a record that is not known or of which only the place is; else empty.
    let json: String
    /// The record that the row was made of.
    var origin: Origin?

    /// What a sink was asked to write.
    struct Refusal {
        let table: String
        let reason: String
        let message: String
    }

    init(table: String, reason: String, message: String, json: String, origin: Origin? = nil) {
        self.table = table
        self.reason = reason
        self.message = message
        self.json = json
        self.origin = origin
    }

    /// A row of a batch that is refused; nil is one of which nothing is known any more.
    init(_ refusal: Refusal, _ source: (batch: RecordBatch, row: Int)?) {
        let origin = source.flatMap { Origin($0.batch, row: $0.row) }
        let gap = DeadLetterGap(holdsRow: source.map { $0.batch.hasPlaceOnly($0.row) } ?? false)
        let standsForRecord = origin == nil || gap.holdsRow
        let json = standsForRecord ? source.map { RowJSON.text($0.batch, row: $0.row) } ?? "{}" : ""
        self.init(
            table: refusal.table, reason: refusal.reason, message: refusal.message + gap.mark, json: json,
            origin: origin)
    }

    /// The columns of `DeadLetter.originSchema` as texts; bytes are hexadecimal digits.
    struct Origin: Sendable, Equatable {
        let columns: [String?]

        /// The record of a row of a batch; nil where that is not known.
        init?(_ batch: RecordBatch, row: Int) {
            guard let origins = batch.origins, origins.columns[DeadLetter.originOffset].isValid(row) else { return nil }
            let known = origins.columns.map { column -> String? in
                guard column.isValid(row) else { return nil }
                switch column.type {
                case .int: return String(column.int32s[row])
                case .bigint: return String(column.int64s[row])
                case .timestampLTZ: return CivilTime.text(column.int64s[row]) + "Z"
                case .bytes: return Self.hexadecimal(column.bytes(row))
                default: return String(decoding: column.bytes(row), as: UTF8.self)
                }
            }
            columns = known + Array(repeating: nil, count: DeadLetter.originColumns.count - known.count)
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
