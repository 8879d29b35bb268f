/// A fixed piece of work, half arithmetic and half memory, whose time is the unit of the thresholds: a machine that does it
/// slowly does everything slowly.
///
/// One step hashes a number and exchanges it with a random word of 32 MiB, which no cache of one core holds. Eight such
/// chains run side by side, as in the probing of a state table.
final class Calibration {
    private static let wordCount = 1 << 22
    private static let chainCount = 8

    private let words: UnsafeMutablePointer<UInt64>

    init() {
        words = .allocate(capacity: Self.wordCount)
        for index in 0..<Self.wordCount { (words + index).initialize(to: UInt64(index)) }
        _ = run(steps: 1 << 18)
    }

    deinit { words.deallocate() }

    /// CPU nanoseconds of one step on the calling thread, now.
    func nanosecondsPerStep(steps: Int = 1 << 20) -> Double {
        let start = Measurement.nanoseconds(.thread)
        let result = run(steps: steps)
        let elapsed = Measurement.nanoseconds(.thread) - start
        precondition(result != 0, "the work was left out")
        return Double(elapsed) / Double(steps)
    }

    private func run(steps: Int) -> UInt64 {
        let mask = UInt64(Self.wordCount - 1)
        let words = words
        return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: Self.chainCount) { chains in
            for chain in 0..<Self.chainCount { chains[chain] = UInt64(chain) }
            for _ in 0..<steps / Self.chainCount {
                for chain in 0..<Self.chainCount {
                    let hash = Self.mix(chains[chain])
                    let place = Int(hash & mask)
                    let found = words[place]
                    words[place] = hash
                    chains[chain] = hash ^ (found >> 32) &+ 1
                }
            }
            return chains.reduce(1) { $0 | $1 }
        }
    }

    /// SplitMix64's finaliser.
    @inline(__always)
    private static func mix(_ value: UInt64) -> UInt64 {
        var result = value &+ 0x9e37_79b9_7f4a_7c15
        result = (result ^ (result >> 30)) &* 0xbf58_476d_1ce4_e5b9
        result = (result ^ (result >> 27)) &* 0x94d0_49bb_1331_11eb
        return result ^ (result >> 31)
    }
}
