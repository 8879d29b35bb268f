internal import Columnar

/// The rows that a kernel works on: all of a batch, or those that a selection names.
struct Rows {
    /// Rows in memory.
    let count: Int
    /// Row numbers, ascending; nil means all of 0..<count.
    let indices: UnsafeMutablePointer<Int32>?
    /// How many rows there are to work on.
    let selectedCount: Int

    init(all count: Int) {
        self.count = count
        indices = nil
        selectedCount = count
    }

    init(count: Int, indices: UnsafeMutablePointer<Int32>, selectedCount: Int) {
        self.count = count
        self.indices = indices
        self.selectedCount = selectedCount
    }

    init(_ batch: RecordBatch) {
        if let selection = batch.selection {
            self.init(count: batch.rowCount, indices: selection.indices, selectedCount: selection.count)
        } else {
            self.init(all: batch.rowCount)
        }
    }

    /// Whether a kernel that cannot fail, over values of fixed width, had better run over all rows: the left-overs between selected
    /// rows are defined memory, and a loop without indirection is several times faster.
    @inline(__always)
    var isDense: Bool { indices == nil || selectedCount &* 4 >= count }

    /// Words of a validity bitmap.
    @inline(__always)
    var wordCount: Int { (count &+ 63) >> 6 }

    @inline(__always)
    func forEach(_ body: (Int) -> Void) {
        if let indices {
            for position in 0..<selectedCount { body(Int(indices[position])) }
        } else {
            for row in 0..<count { body(row) }
        }
    }

    /// Calls `body` with the rows that are valid in `column`.
    @inline(__always)
    func forEachValid(_ column: Column, _ body: (Int) -> Void) {
        let validity = column.validity
        if let indices {
            for position in 0..<selectedCount {
                let row = Int(indices[position])
                if validity[row >> 6] & (1 << UInt64(row & 63)) != 0 { body(row) }
            }
            return
        }
        for word in 0..<wordCount {
            var bits = validity[word]
            let start = word << 6
            let end = Swift.min(count, start &+ 64)
            if bits == .max {
                for row in start..<end { body(row) }
                continue
            }
            while bits != 0 {
                let row = start &+ bits.trailingZeroBitCount
                if row >= end { break }
                body(row)
                bits &= bits &- 1
            }
        }
    }
}

/// Memory for row numbers, kept between batches.
final class RowBuffer {
    private(set) var indices: UnsafeMutablePointer<Int32>
    private var capacity: Int

    init() {
        capacity = 64
        indices = .allocate(capacity: capacity)
    }

    deinit {
        indices.deallocate()
    }

    /// Makes room for `count` row numbers; what was there is lost.
    func reserve(_ count: Int) -> UnsafeMutablePointer<Int32> {
        if count > capacity {
            indices.deallocate()
            capacity = count
            indices = .allocate(capacity: capacity)
        }
        return indices
    }
}
