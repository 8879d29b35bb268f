/// A row that waits, by the position of its block and its number there.
struct WaitingRow {
    var time: Int64
    var block: UInt32
    var row: Int32
}

/// Sorting of waiting rows by time; rows of equal time keep their order.
enum TimeOrder {
    private static let widestDigit = 11

    /// - Parameter spare: room for `count` rows, undefined before and after.
    static func sort(_ rows: UnsafeMutablePointer<WaitingRow>, _ count: Int, spare: UnsafeMutablePointer<WaitingRow>) {
        if count < 2 { return }
        var least = rows[0].time
        var isSorted = true
        for index in 1..<count {
            let time = rows[index].time
            if time < rows[index &- 1].time { isSorted = false }
            if time < least { least = time }
        }
        if isSorted { return }
        if count <= 24 { return insertionSort(rows, count) }
        // The bits in which any time differs from the least.
        var differences: UInt64 = 0
        for index in 0..<count { differences |= UInt64(bitPattern: rows[index].time &- least) }
        radixSort(rows, count, spare, least, differences)
    }

    private static func insertionSort(_ rows: UnsafeMutablePointer<WaitingRow>, _ count: Int) {
        for index in 1..<count {
            let moved = rows[index]
            var place = index
            while place > 0 && rows[place &- 1].time > moved.time {
                rows[place] = rows[place &- 1]
                place &-= 1
            }
            rows[place] = moved
        }
    }

    /// One pass for each 8 to 11 bits of the range of times, without the low bits in which no two times differ: two
    /// passes for milliseconds within 8 seconds.
    private static func radixSort(
        _ rows: UnsafeMutablePointer<WaitingRow>, _ count: Int, _ spare: UnsafeMutablePointer<WaitingRow>,
        _ least: Int64, _ differences: UInt64
    ) {
        let lowest = differences.trailingZeroBitCount
        let bits = UInt64.bitWidth - differences.leadingZeroBitCount - lowest
        let passCount = (bits + widestDigit - 1) / widestDigit
        let digitBits = UInt64(Swift.max(8, (bits + passCount - 1) / passCount))
        let mask = UInt64(1) << digitBits - 1
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 1 << Int(digitBits)) { places in
            var source = rows
            var target = spare
            var shift = UInt64(lowest)
            for _ in 0..<passCount {
                places.initialize(repeating: 0)
                for index in 0..<count {
                    places[Int((UInt64(bitPattern: source[index].time &- least) >> shift) & mask)] &+= 1
                }
                var total: UInt32 = 0
                for digit in 0..<places.count {
                    let size = places[digit]
                    places[digit] = total
                    total &+= size
                }
                for index in 0..<count {
                    let digit = Int((UInt64(bitPattern: source[index].time &- least) >> shift) & mask)
                    target[Int(places[digit])] = source[index]
                    places[digit] &+= 1
                }
                swap(&source, &target)
                shift += digitBits
            }
            if source != rows { rows.update(from: source, count: count) }
        }
    }
}
