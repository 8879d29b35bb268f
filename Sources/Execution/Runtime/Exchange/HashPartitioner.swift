internal import Columnar

/// Splits batches by key group; belongs to one sender. The parts share the batch's columns, each with its own
/// selection.
final class HashPartitioner {
    private let keys: [Int]
    private let targetCount: Int
    private let keyGroupCount: Int
    /// The target of each key group.
    private let targets: UnsafeMutablePointer<UInt16>
    private var hashes: UnsafeMutablePointer<UInt64>
    private var rowTargets: UnsafeMutablePointer<UInt16>
    private var capacity = RecordBatch.preferredRowCount
    private let counts: UnsafeMutablePointer<Int>
    private let fills: UnsafeMutablePointer<UnsafeMutablePointer<Int32>?>

    init(keys: [Int], targetCount: Int, keyGroupCount: Int) {
        precondition(targetCount <= Int(UInt16.max), "\(targetCount) subtasks")
        self.keys = keys
        self.targetCount = targetCount
        self.keyGroupCount = keyGroupCount
        targets = .allocate(capacity: keyGroupCount)
        for group in 0..<keyGroupCount {
            targets[group] = UInt16(
                KeyGroup.subtask(ofKeyGroup: group, parallelism: targetCount, count: keyGroupCount))
        }
        hashes = .allocate(capacity: capacity)
        rowTargets = .allocate(capacity: capacity)
        counts = .allocate(capacity: targetCount)
        fills = .allocate(capacity: targetCount)
        fills.initialize(repeating: nil, count: targetCount)
    }

    deinit {
        targets.deallocate()
        hashes.deallocate()
        rowTargets.deallocate()
        counts.deallocate()
        fills.deallocate()
    }

    /// Calls `send` with each target that gets rows, in ascending order.
    func split(_ batch: RecordBatch, _ send: (Int, RecordBatch) -> Void) {
        guard targetCount > 1 else { return send(0, batch) }
        reserve(batch.rowCount)
        countRows(batch)
        for target in 0..<targetCount where counts[target] == batch.selectedCount { return send(target, batch) }
        for target in 0..<targetCount { fills[target] = .allocate(capacity: max(counts[target], 1)) }
        fillRows(batch)
        for target in 0..<targetCount {
            guard let end = fills[target] else { continue }
            let selection = SelectionVector(adopting: end - counts[target], count: counts[target])
            if selection.count > 0 { send(target, batch.selecting(selection)) }
        }
    }

    private func countRows(_ batch: RecordBatch) {
        KeyHash.hash(batch, keys: keys, into: hashes)
        counts.update(repeating: 0, count: targetCount)
        let (hashes, rowTargets, targets, counts) = (hashes, rowTargets, targets, counts)
        let groups = keyGroupCount
        batch.forEachRow { row in
            let target = targets[KeyGroup.index(ofHash: hashes[row], count: groups)]
            rowTargets[row] = target
            counts[Int(target)] &+= 1
        }
    }

    /// Moves each target's pointer past the rows written.
    private func fillRows(_ batch: RecordBatch) {
        let (rowTargets, fills) = (rowTargets, fills)
        batch.forEachRow { row in
            let target = Int(rowTargets[row])
            let position = fills[target].unsafelyUnwrapped
            position.pointee = Int32(truncatingIfNeeded: row)
            fills[target] = position + 1
        }
    }

    private func reserve(_ rowCount: Int) {
        guard rowCount > capacity else { return }
        hashes.deallocate()
        rowTargets.deallocate()
        capacity = rowCount
        hashes = .allocate(capacity: capacity)
        rowTargets = .allocate(capacity: capacity)
    }
}
