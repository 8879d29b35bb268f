/// The state of the simulated job: how far it has read two partitions, a chain over what it read of each, and a sum over all.
///
/// Every output row carries the chain after its record, so a row is right only if the state before it was.
package struct JobState: Hashable, Sendable {
    package var next0: Int32 = 0
    package var next1: Int32 = 0
    var chain0: UInt64 = 0
    var chain1: UInt64 = 0
    var total: UInt64 = 0

    mutating func read0(_ count: Int32) {
        for _ in 0..<count {
            let value = Recomputation.value(0, next0)
            chain0 = Recomputation.chained(chain0, value)
            total &+= value
            next0 += 1
        }
    }

    mutating func read1(_ count: Int32) {
        for _ in 0..<count {
            let value = Recomputation.value(1, next1)
            chain1 = Recomputation.chained(chain1, value)
            total &+= value
            next1 += 1
        }
    }

    /// Whether this is what reading the records before the offsets from scratch gives.
    var isRecomputation: Bool { self == Recomputation.state(next0, next1) }
}

/// The job's outputs computed from scratch.
enum Recomputation {
    static let maximumRecordCount: Int32 = 128

    @inline(__always)
    static func value(_ partition: UInt64, _ offset: Int32) -> UInt64 {
        var value = (partition << 32 | UInt64(UInt32(bitPattern: offset))) &* 0x9e37_79b9_7f4a_7c15
        value = (value ^ (value >> 29)) &* 0xbf58_476d_1ce4_e5b9
        return value ^ (value >> 32)
    }

    @inline(__always)
    static func chained(_ chain: UInt64, _ value: UInt64) -> UInt64 {
        (chain ^ value) &* 0x0000_0100_0000_01b3 &+ 1
    }

    private static let prefixes: [JobState] = {
        var state = JobState()
        var states: [JobState] = []
        for _ in 0...maximumRecordCount {
            states.append(state)
            // The sums of the two partitions are taken apart below.
            state.read0(1)
            state.read1(1)
        }
        return states
    }()

    private static let sums: [(UInt64, UInt64)] = {
        var sums: [(UInt64, UInt64)] = []
        var first: UInt64 = 0
        var second: UInt64 = 0
        for offset in 0...maximumRecordCount {
            sums.append((first, second))
            first &+= value(0, offset)
            second &+= value(1, offset)
        }
        return sums
    }()

    static func state(_ next0: Int32, _ next1: Int32) -> JobState {
        JobState(
            next0: next0, next1: next1, chain0: prefixes[Int(next0)].chain0, chain1: prefixes[Int(next1)].chain1,
            total: sums[Int(next0)].0 &+ sums[Int(next1)].1)
    }
}

/// The output between two states of the job: one row for each record read in between.
struct OutputRows: Sendable {
    var from0: Int32 = 0
    var from1: Int32 = 0
    var after = JobState()

    init(from before: JobState, to after: JobState) {
        from0 = before.next0
        from1 = before.next1
        self.after = after
    }

    var isEmpty: Bool { from0 == after.next0 && from1 == after.next1 }
}

/// What is wrong with rows that become visible in a sink that holds the rows of `content`; nil when they are its continuation.
enum SinkOracle {
    @inline(__always)
    static func fault(_ rows: OutputRows, after content: JobState) -> Violation.Kind? {
        if rows.from0 < content.next0 || rows.from1 < content.next1 { return .doubledRows }
        if rows.from0 > content.next0 || rows.from1 > content.next1 { return .lostRows }
        return rows.after.isRecomputation ? nil : .wrongRows
    }
}
