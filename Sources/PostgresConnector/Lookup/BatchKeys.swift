internal import Columnar
internal import Glibc

/// The keys of one batch: which are equal, which are missing, and where each one's answer lies.
struct BatchKeys {
    private let keys: RowUnit
    /// By row: where its answer begins, and its rows; a row whose key another one has before points at that.
    private var offsets: [Int]
    private var rowCounts: [Int]
    private var first: [Int32]
    /// Keys to be asked for, each once.
    private(set) var missing: [(row: Int, hash: UInt64)] = []
    /// Row numbers plus 1 by hash.
    private var slots: [UInt32]
    private var hashes: [UInt64]

    init(_ keys: RowUnit) {
        self.keys = keys
        let count = keys.rowCount
        offsets = [Int](repeating: 0, count: count)
        rowCounts = [Int](repeating: 0, count: count)
        first = [Int32](repeating: 0, count: count)
        hashes = [UInt64](repeating: 0, count: count)
        var capacity = 64
        while capacity < count * 2 { capacity *= 2 }
        slots = [UInt32](repeating: 0, count: capacity)
    }

    /// Registers a row; true if an earlier row has the same key.
    mutating func isRepeated(_ row: Int, _ hash: UInt64) -> Bool {
        hashes[row] = hash
        let mask = slots.count - 1
        var position = Int(truncatingIfNeeded: KeyHash.mix(hash, 0xa076_1d64_78bd_642f)) & mask
        while slots[position] != 0 {
            let other = Int(slots[position]) - 1
            if hashes[other] == hash && isEqual(other, row) {
                first[row] = Int32(truncatingIfNeeded: other)
                return true
            }
            position = (position + 1) & mask
        }
        slots[position] = UInt32(truncatingIfNeeded: row + 1)
        first[row] = Int32(truncatingIfNeeded: row)
        return false
    }

    private func isEqual(_ left: Int, _ right: Int) -> Bool {
        let one = keys.tuple(left)
        let two = keys.tuple(right)
        guard one.count == two.count, let start = one.baseAddress, let other = two.baseAddress else { return false }
        return memcmp(start, other, one.count) == 0
    }

    mutating func addMissing(_ row: Int, _ hash: UInt64) {
        missing.append((row, hash))
    }

    mutating func set(_ row: Int, offset: Int, rowCount: Int) {
        offsets[row] = offset
        rowCounts[row] = rowCount
    }

    /// Where the answer of a row lies.
    func answer(_ row: Int) -> (offset: Int, rowCount: Int) {
        let row = Int(first[row])
        return (offsets[row], rowCounts[row])
    }

    /// Rows of all answers together.
    var matchCount: Int {
        first.reduce(0) { $0 + rowCounts[Int($1)] }
    }

    /// The missing keys' values of one column as an array in the server's binary form.
    func array(_ column: Int, of keys: RowUnit, _ typeId: UInt32) -> Arena {
        let array = Arena(capacity: 20 + missing.count * 16)
        // One dimension, no nulls, the elements' type, their number, the first one's index.
        for value in [1, 0, Int32(bitPattern: typeId), Int32(truncatingIfNeeded: missing.count), 1] {
            storeBigEndian(value, UnsafeMutableRawPointer(array.reserve(4)))
            _ = array.commit(4)
        }
        for key in missing {
            let tuple = keys.tuple(key.row)
            guard let start = tuple.baseAddress else { continue }
            var field = start + 2
            for _ in 0..<column { field += 4 + Int(loadBigEndian(field, as: Int32.self)) }
            let length = 4 + Int(loadBigEndian(field, as: Int32.self))
            _ = array.append(UnsafeRawBufferPointer(start: field, count: length))
        }
        return array
    }
}
