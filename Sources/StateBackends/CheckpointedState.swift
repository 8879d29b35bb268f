/// Which key groups a snapshot or a restore speaks of.
package struct KeyGroupSet: Hashable, Sendable {
    /// One flag a key group.
    package private(set) var members: [Bool]

    package init(count: Int, _ range: Range<Int> = 0..<0) {
        members = Array(repeating: false, count: count)
        for index in range { members[index] = true }
    }

    /// Adds a key group by its index.
    package mutating func insert(_ index: Int) { members[index] = true }

    /// Whether the key group of that index is in the set.
    package func contains(_ index: Int) -> Bool { members[index] }

    /// Whether no key group is in the set.
    package var isEmpty: Bool { !members.contains(true) }
}

/// State of an operator's subtask that checkpoints save, held by one worker thread.
///
/// A checkpoint saves what changed since the one before, plus some key groups in full, so that old files can go. A restore gives the
/// state, for each key group, the newest full segment and then every later segment of changes, in order.
package protocol CheckpointedState: AnyObject {
    var descriptor: StateDescriptor { get }

    /// Entries held, for reports.
    var entryCount: Int { get }

    /// Memory held, in bytes, for reports and for deciding when a full snapshot pays.
    var byteCount: Int { get }

    /// Every change since the previous call (or restore), of all key groups; forgets that they are changes. Nil when there are none.
    /// Called at a barrier on the owning thread: it must be quick.
    func takeChanges() -> SnapshotBuffer?

    /// Appends every entry of the key groups `keyGroups`, whether changed or not. Does not touch what `takeChanges` will give.
    func writeFull(keyGroups: Range<Int>, into buffer: SnapshotBuffer)

    /// Applies bytes that `takeChanges` or `writeFull` of a state with an equal descriptor made, skipping entries of key groups that are
    /// not in `keyGroups`. What is restored does not count as changed.
    ///
    /// - Throws: `StateError` where the bytes are not such a snapshot; the state is then unusable.
    func restore(_ bytes: UnsafeRawBufferPointer, keyGroups: KeyGroupSet) throws(StateError)
}
