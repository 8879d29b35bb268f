/// What has changed since the barrier before, written while the rows come, so that the next barrier finds little left to write: a worker
/// stands still meanwhile. An entry that changes again after it was written is written again.
package struct EpochChanges {
    /// A few milliseconds' worth, most of it still in a cache: where what is written once is not written again in the same epoch.
    package static let versionedEntryCountAhead = 8192
    /// Some 20 ms' worth: a key whose row changes again after it was written is written again, so it must be worth while.
    package static let keyedEntryCountAhead = 131_072
    /// What is written ahead at most, where barriers are rare.
    private static let byteCountAhead = 64 << 20

    /// So many changed entries are written without waiting for the barrier.
    private let entryCountAhead: Int
    private var buffer: SnapshotBuffer?

    init(entryCountAhead: Int) {
        self.entryCountAhead = entryCountAhead
    }

    /// Whether so many changed entries should be written without waiting for the barrier.
    func isDue(_ changedCount: Int) -> Bool {
        changedCount >= entryCountAhead && (buffer?.count ?? 0) < Self.byteCountAhead
    }

    /// The buffer to write to, with `mark` as its first byte.
    mutating func open(mark: UInt8) -> SnapshotBuffer {
        if let buffer { return buffer }
        let made = SnapshotBuffer()
        made.append(mark)
        buffer = made
        return made
    }

    /// Everything that was written since the last call; nil if nothing was.
    mutating func take() -> SnapshotBuffer? {
        defer { buffer = nil }
        return buffer
    }
}
