/// The one source of chance of a history.
struct SimulationRandom {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 &+ 0x2545_f491_4f6c_dd1d }

    @inline(__always)
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    /// A number from 0 up to and without `bound`.
    @inline(__always)
    mutating func below(_ bound: Int32) -> Int32 {
        Int32(truncatingIfNeeded: ((next() >> 33) &* UInt64(bound)) >> 31)
    }

    @inline(__always)
    mutating func within(_ range: ClosedRange<Int32>) -> Int32 {
        range.lowerBound + below(range.upperBound - range.lowerBound + 1)
    }
}
