internal import Columnar

/// Which key groups a state holds, out of how many.
package struct KeyGroupPlacement: Hashable, Sendable {
    /// The key groups whose state is here.
    package var owned: Range<Int>
    /// Key groups of the whole job.
    package var count: Int

    package init(owned: Range<Int>, count: Int) {
        precondition(owned.lowerBound >= 0 && owned.upperBound <= count, "key groups \(owned) of \(count)")
        self.owned = owned
        self.count = count
    }

    /// The position in `owned` of the key group of a hash; outside `0..<owned.count` where it belongs to somebody else.
    @inline(__always)
    func part(ofHash hash: UInt64) -> Int {
        KeyGroup.index(ofHash: hash, count: count) &- owned.lowerBound
    }
}
