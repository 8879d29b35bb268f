internal import Columnar

/// The row numbers of a batch, told apart by what is written of them. The memory belongs to the encoder.
struct RowLists {
    private let accepted: UnsafeMutablePointer<Int32>
    private let valued: UnsafeMutablePointer<Int32>
    private let deleted: UnsafeMutablePointer<Int32>
    private var acceptedCount = 0
    private var valuedCount = 0
    private var deletedCount = 0

    init(
        accepted: UnsafeMutablePointer<Int32>, valued: UnsafeMutablePointer<Int32>,
        deleted: UnsafeMutablePointer<Int32>
    ) {
        self.accepted = accepted
        self.valued = valued
        self.deleted = deleted
    }

    /// Rows that are written, in the batch's order.
    var acceptedRows: UnsafeBufferPointer<Int32> { UnsafeBufferPointer(start: accepted, count: acceptedCount) }
    /// Of those, the ones that carry all their values.
    var valuedRows: UnsafeBufferPointer<Int32> { UnsafeBufferPointer(start: valued, count: valuedCount) }
    /// Of those, the ones that carry their key alone.
    var deletedRows: UnsafeBufferPointer<Int32> { UnsafeBufferPointer(start: deleted, count: deletedCount) }

    /// Takes the batch's rows; without `takesDeletes` every one must be an insert or an update's new row.
    mutating func fill(_ batch: RecordBatch, takesDeletes: Bool) {
        acceptedCount = 0
        valuedCount = 0
        deletedCount = 0
        let kinds = batch.rowKinds?.values
        batch.forEachRow { row in
            let kind = kinds.map { $0[row] } ?? RowKind.insert.rawValue
            if kind == RowKind.updateBefore.rawValue && takesDeletes { return }
            let deletes = kind == RowKind.delete.rawValue || kind == RowKind.updateBefore.rawValue
            precondition(!deletes || takesDeletes, "a row of kind \(kind) for a table without a key")
            accepted[acceptedCount] = Int32(truncatingIfNeeded: row)
            acceptedCount += 1
            if deletes {
                deleted[deletedCount] = Int32(truncatingIfNeeded: row)
                deletedCount += 1
            } else {
                valued[valuedCount] = Int32(truncatingIfNeeded: row)
                valuedCount += 1
            }
        }
    }

    @inline(__always)
    func forEachAccepted(_ body: (Int) -> Void) {
        for position in 0..<acceptedCount { body(Int(accepted[position])) }
    }

    /// Takes out the rows that have a reason and answers them.
    mutating func takeRefusals(
        _ reasons: UnsafeMutablePointer<UInt8>, _ culprits: UnsafeMutablePointer<Int32>
    ) -> [RowEncoder.Refusal] {
        var any: UInt8 = 0
        for row in acceptedRows { any |= reasons[Int(row)] }
        if any == 0 { return [] }
        var refusals: [RowEncoder.Refusal] = []
        for row in acceptedRows {
            guard let reason = RefusalReason(rawValue: reasons[Int(row)]) else { continue }
            refusals.append(RowEncoder.Refusal(row: Int(row), column: Int(culprits[Int(row)]), reason: reason))
        }
        acceptedCount = Self.keep(accepted, acceptedCount, reasons)
        valuedCount = Self.keep(valued, valuedCount, reasons)
        deletedCount = Self.keep(deleted, deletedCount, reasons)
        return refusals
    }

    private static func keep(
        _ rows: UnsafeMutablePointer<Int32>, _ count: Int, _ reasons: UnsafeMutablePointer<UInt8>
    ) -> Int {
        var kept = 0
        for position in 0..<count where reasons[Int(rows[position])] == 0 {
            rows[kept] = rows[position]
            kept += 1
        }
        return kept
    }
}
