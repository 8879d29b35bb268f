/// A row that waits, by the position of its block and its number there.
struct WaitingRow {
    var time: Int64
    var block: UInt32
    var row: Int32
}

/// Sorting of waiting rows by time; rows of equal time keep their order.
enum TimeOrder {
    private static let digitBits = 8

    /// - Parameter spare: room for `count` rows, undefined before and after.
    static func sort(_ rows: UnsafeMutablePointer<WaitingRow>, _ count: Int, spare: UnsafeMutablePointer<WaitingRow>) {
        if count < 2 { return }
        var least = rows[0].time
        var greatest = least
        var isSorted = true
        for index in 1..<count {
            let time = rows[index].time
            if time < rows[index &- 1].time { isSorted = false }
            if time < least { least = time }
            if time > greatest { greatest = time }
        }
        if isSorted { return }
        if count <= 24 { return insertionSort(rows, count) }
        radixSort(rows, count, spare, least, UInt64(bitPattern: greatest &- least))
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

    /// One pass for each 8 bits of the range of times: three for 16 seconds.
    private static func radixSort(
        _ rows: UnsafeMutablePointer<WaitingRow>, _ count: Int, _ spare: UnsafeMutablePointer<WaitingRow>,
        _ least: Int64, _ range: UInt64
    ) {
        let bits = UInt64.bitWidth - range.leadingZeroBitCount
        withUnsafeTemporaryAllocation(of: Int.self, capacity: 1 << digitBits) { places in
            var source = rows
            var target = spare
            var shift = UInt64(0)
            while shift < bits {
                places.initialize(repeating: 0)
                for index in 0..<count {
                    places[Int((UInt64(bitPattern: source[index].time &- least) >> shift) & 0xff)] &+= 1
                }
                var total = 0
                for digit in 0..<(1 << digitBits) {
                    let size = places[digit]
                    places[digit] = total
                    total &+= size
                }
                for index in 0..<count {
                    let digit = Int((UInt64(bitPattern: source[index].time &- least) >> shift) & 0xff)
                    target[places[digit]] = source[index]
                    places[digit] &+= 1
                }
                swap(&source, &target)
                shift += UInt64(digitBits)
            }
            if source != rows { rows.update(from: source, count: count) }
        }
    }
}
