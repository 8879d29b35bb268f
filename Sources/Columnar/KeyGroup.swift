/// The unit by which keyed state is moved and rescaled: a number below the job's key group count.
@usableFromInline
package struct KeyGroup: Hashable, Comparable, Sendable {
    /// How many there are unless a job says otherwise; fixed when the job is created.
    @usableFromInline
    package static let defaultCount = 128

    @usableFromInline
    package var index: Int

    @usableFromInline
    package init(_ index: Int) {
        self.index = index
    }

    /// The key group of a key hash (see `KeyHash`).
    @inlinable @inline(__always)
    package static func index(ofHash hash: UInt64, count: Int) -> Int {
        Int(truncatingIfNeeded: hash.multipliedFullWidth(by: UInt64(count)).high)
    }

    @usableFromInline
    package static func < (left: KeyGroup, right: KeyGroup) -> Bool { left.index < right.index }

    /// The key groups of subtask `subtask` of `parallelism`: contiguous and as even as can be.
    @usableFromInline
    package static func range(subtask: Int, parallelism: Int, count: Int) -> Range<Int> {
        (subtask * count + parallelism - 1) / parallelism..<((subtask + 1) * count + parallelism - 1) / parallelism
    }

    /// The subtask that holds key group `index`.
    @inlinable @inline(__always)
    package static func subtask(ofKeyGroup index: Int, parallelism: Int, count: Int) -> Int {
        index * parallelism / count
    }
}
