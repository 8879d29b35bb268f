internal import Columnar

/// The keys of a batch, packed and hashed, and what a table found for them. Scratch memory that is filled again for
/// every batch.
///
/// Positions 0..<count number the rows whose key has no null; `rows` maps them to row numbers.
final class KeyBatch {
    let layout: RowLayout
    let capacity: Int
    /// By row number.
    private let rowHashes: UnsafeMutablePointer<UInt64>
    /// The rest by position.
    let rows: UnsafeMutablePointer<Int32>
    let hashes: UnsafeMutablePointer<UInt64>
    let tags: UnsafeMutablePointer<UInt32>
    let parts: UnsafeMutablePointer<Int32>
    let keys: UnsafeMutableRawPointer
    let entries: UnsafeMutablePointer<UnsafeMutableRawPointer?>
    /// Takes what warming passes read, so that they are not optimised away.
    let sink: UnsafeMutablePointer<UInt64>
    /// What is read where there is no entry.
    var none: UnsafeMutablePointer<UInt64> { sink }
    private(set) var count = 0

    init(layout: RowLayout, capacity: Int) {
        self.layout = layout
        self.capacity = capacity
        rowHashes = .allocate(capacity: capacity)
        rows = .allocate(capacity: capacity)
        hashes = .allocate(capacity: capacity)
        tags = .allocate(capacity: capacity)
        parts = .allocate(capacity: capacity)
        keys = .allocate(byteCount: capacity * layout.byteCount, alignment: 64)
        entries = .allocate(capacity: capacity)
        sink = .allocate(capacity: 1)
        sink.initialize(to: 0)
    }

    deinit {
        rowHashes.deallocate()
        rows.deallocate()
        hashes.deallocate()
        tags.deallocate()
        parts.deallocate()
        keys.deallocate()
        entries.deallocate()
        sink.deallocate()
    }

    /// Takes the selected rows of a batch, without those of kind updateBefore, with a null key, or with a null in
    /// `time`.
    func load(_ batch: RecordBatch, keys columns: [Int], time: Int?) {
        precondition(batch.rowCount <= capacity, "\(batch.rowCount) rows for \(capacity) keys")
        KeyHash.hash(batch, keys: columns, into: rowHashes)
        var count = 0
        batch.forEachRow { row in
            rows[count] = Int32(truncatingIfNeeded: row)
            count &+= 1
        }
        for column in columns + (time.map { [$0] } ?? []) where !batch.columns[column].isAllValid(batch.rowCount) {
            count = keep(count) { batch.columns[column].isValid($0) }
        }
        if let kinds = batch.rowKinds {
            count = keep(count) { kinds.values[$0] != RowKind.updateBefore.rawValue }
        }
        for position in 0..<count { hashes[position] = rowHashes[Int(rows[position])] }
        // Padding is compared too.
        keys.initializeMemory(as: UInt8.self, repeating: 0, count: count * layout.byteCount)
        for (slot, column) in columns.enumerated() {
            layout.pack(batch.columns[column], slot: slot, rows: rows, count: count, into: keys)
        }
        self.count = count
    }

    /// Forgets all positions.
    func removeAll() {
        count = 0
    }

    /// Adds a position whose key is packed already, without a row; there must be room.
    func append(_ key: UnsafeRawPointer, hash: UInt64) {
        (keys + count &* layout.byteCount).copyMemory(from: key, byteCount: layout.byteCount)
        hashes[count] = hash
        count &+= 1
    }

    /// Drops the positions whose row does not pass.
    @inline(__always)
    private func keep(_ count: Int, _ passes: (Int) -> Bool) -> Int {
        var kept = 0
        for position in 0..<count {
            let row = rows[position]
            rows[kept] = row
            kept &+= passes(Int(row)) ? 1 : 0
        }
        return kept
    }
}
