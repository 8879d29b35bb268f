/// A reproducible source of random numbers (SplitMix64).
@usableFromInline
package struct SeededRandom: RandomNumberGenerator, Sendable {
    /// To be printed when a test fails.
    package let seed: UInt64
    @usableFromInline var state: UInt64

    /// The same seed gives the same numbers.
    package init(seed: UInt64) {
        self.seed = seed
        state = seed
    }

    @inlinable
    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    /// Whether something of that probability happens.
    package mutating func happens(_ probability: Double) -> Bool {
        Double.random(in: 0..<1, using: &self) < probability
    }
}
