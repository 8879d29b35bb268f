internal import Columnar

/// From a BOOLEAN column to the row numbers for which it says so.
enum Selecting {
    /// The rows whose value is true. Returns how many.
    static func whereTrue(_ column: Column, _ rows: Rows, into target: UnsafeMutablePointer<Int32>) -> Int {
        select(column, rows, into: target) { value, valid in value & valid }
    }

    /// The rows whose value is false or null.
    static func whereNotTrue(_ column: Column, _ rows: Rows, into target: UnsafeMutablePointer<Int32>) -> Int {
        select(column, rows, into: target) { value, valid in (value & valid) ^ 1 }
    }

    /// The rows whose value is true or null.
    static func whereNotFalse(_ column: Column, _ rows: Rows, into target: UnsafeMutablePointer<Int32>) -> Int {
        select(column, rows, into: target) { value, valid in ((value ^ 1) & valid) ^ 1 }
    }

    /// The rows that are null in a column of any type.
    static func whereNull(_ column: Column, _ rows: Rows, into target: UnsafeMutablePointer<Int32>) -> Int {
        let validity = column.validity
        var count = 0
        rows.forEach { row in
            target[count] = Int32(truncatingIfNeeded: row)
            count &+= Int(truncatingIfNeeded: ~validity[row >> 6] >> UInt64(row & 63) & 1)
        }
        return count
    }

    /// Branch-free append: every row is written, the end moves on for those that stay. `target` has room for all rows of the batch, and
    /// the write position never passes the row read.
    @inline(__always)
    private static func select(
        _ column: Column, _ rows: Rows, into target: UnsafeMutablePointer<Int32>,
        _ keep: (_ value: UInt8, _ valid: UInt8) -> UInt8
    ) -> Int {
        let values = column.bools
        let validity = column.validity
        var count = 0
        if let indices = rows.indices {
            for position in 0..<rows.selectedCount {
                let row = indices[position]
                let index = Int(row)
                let valid = UInt8(truncatingIfNeeded: validity[index >> 6] >> UInt64(index & 63) & 1)
                target[count] = row
                count &+= Int(keep(values[index], valid))
            }
            return count
        }
        for word in 0..<rows.wordCount {
            let bits = validity[word]
            let start = word << 6
            let end = Swift.min(rows.count, start &+ 64)
            if bits == .max {
                for row in start..<end {
                    target[count] = Int32(truncatingIfNeeded: row)
                    count &+= Int(keep(values[row], 1))
                }
            } else {
                for row in start..<end {
                    target[count] = Int32(truncatingIfNeeded: row)
                    count &+= Int(keep(values[row], UInt8(truncatingIfNeeded: bits >> UInt64(row &- start) & 1)))
                }
            }
        }
        return count
    }
}
