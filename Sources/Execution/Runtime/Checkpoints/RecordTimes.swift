/// When the records that a checkpoint covers were written to their topic, as far as the reads tell: one time for the records of a read.
package struct RecordTimes: Hashable, Sendable {
    /// Records that waited about so long for their commit.
    package struct Delay: Hashable, Sendable {
        /// Rounded up to two digits, so that a checkpoint has few of them and none looks shorter than it was.
        package var milliseconds: Int64
        package var recordCount: Int
    }

    private struct Entry: Hashable, Sendable {
        /// Since 1970-01-01T00:00:00Z.
        var milliseconds: Int64
        var count: Int
    }

    /// Times that are kept apart, so that a long checkpoint interval costs no memory.
    static let capacity = 1024

    private var entries: [Entry] = []

    package init() {}

    var isEmpty: Bool { entries.isEmpty }

    /// - Parameter milliseconds: when the oldest of them was written, since 1970-01-01T00:00:00Z.
    package mutating func add(_ milliseconds: Int64, count: Int) {
        if let last = entries.last, last.milliseconds == milliseconds {
            entries[entries.count - 1].count += count
            return
        }
        if entries.count == Self.capacity { joinNeighbours() }
        entries.append(Entry(milliseconds: milliseconds, count: count))
    }

    mutating func merge(_ other: RecordTimes) { entries += other.entries }

    /// Gives what has been gathered since the last call.
    mutating func take() -> RecordTimes {
        let taken = self
        entries.removeAll(keepingCapacity: true)
        return taken
    }

    /// How long the records had waited at a time, ascending; clocks that disagree make no negative delays.
    package func delays(at time: Int64) -> [Delay] {
        var counts: [Int64: Int] = [:]
        for entry in entries { counts[Self.rounded(max(time - entry.milliseconds, 0)), default: 0] += entry.count }
        return counts.sorted { $0.key < $1.key }.map { Delay(milliseconds: $0.key, recordCount: $0.value) }
    }

    /// The older of two times stands for both.
    private mutating func joinNeighbours() {
        entries = stride(from: 0, to: entries.count - 1, by: 2).map { index in
            let (first, second) = (entries[index], entries[index + 1])
            return Entry(milliseconds: min(first.milliseconds, second.milliseconds), count: first.count + second.count)
        }
    }

    private static func rounded(_ milliseconds: Int64) -> Int64 {
        var unit: Int64 = 1
        while milliseconds / unit >= 100 { unit *= 10 }
        return (milliseconds + unit - 1) / unit * unit
    }
}
