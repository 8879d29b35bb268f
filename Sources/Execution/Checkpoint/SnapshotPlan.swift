internal import Columnar
package import StateBackends

/// Decides which key groups a checkpoint saves in full and which older segments are still needed. A pure value.
///
/// Saving only changes would make a restore read the whole history. So whenever the changes kept outgrow a share of the state, or lie in
/// too many files, the key groups are saved in full in a cycle, some per checkpoint, and older segments drop out behind it.
package struct SnapshotPlan: Sendable {
    /// How much a checkpoint may add for a slice of the full cycle, which bounds the pause.
    package static let sliceByteCount = 8 << 20
    /// With as many key groups a slice is one of them, and one worker's alone.
    package static var maximumSliceCount: Int { KeyGroup.defaultCount }
    /// Files a manifest may point into, beside those of the slices of a full cycle, before the next one starts.
    package static let maximumFileCount = 128

    private let keyGroupCount: Int
    /// Key groups still to do in the running cycle; empty between cycles.
    private var remaining: Range<Int>
    private var sliceSize: Int
    private(set) package var segments: [CheckpointManifest.SegmentReference]
    private(set) package var files: [StoredFile]

    /// - Parameter manifest: the checkpoint that was restored, if any.
    package init(keyGroupCount: Int, restoredFrom manifest: CheckpointManifest?) {
        self.keyGroupCount = keyGroupCount
        segments = manifest?.segments ?? []
        files = manifest?.files ?? []
        remaining = 0..<0
        sliceSize = keyGroupCount
    }

    /// The key groups that the next checkpoint is to save in full; nil for changes only.
    package mutating func nextFull(stateByteCount: Int) -> Range<Int>? {
        if remaining.isEmpty {
            let changeBytes = segments.reduce(0) { $1.kind == .changes ? $0 + $1.byteCount : $0 }
            let sliceCount = min(max(stateByteCount / Self.sliceByteCount, 1), Self.maximumSliceCount)
            let isDue =
                changeBytes > max(stateByteCount / 2, 1 << 20) || files.count >= Self.maximumFileCount + sliceCount
            guard isDue else { return nil }
            sliceSize = (keyGroupCount + sliceCount - 1) / sliceCount
            remaining = 0..<keyGroupCount
        }
        let slice = remaining.lowerBound..<min(remaining.lowerBound + sliceSize, keyGroupCount)
        remaining = slice.upperBound..<keyGroupCount
        return slice
    }

    /// Takes in what a checkpoint stored and drops the segments that no key group needs any more.
    package mutating func add(_ new: [CheckpointManifest.SegmentReference], file: StoredFile?) {
        segments += new
        if let file { files.append(file) }
        prune()
    }

    private mutating func prune() {
        let bases = Self.bases(segments, keyGroupCount: keyGroupCount)
        segments.removeAll { segment in
            guard let base = bases[StateKey(segment)] else { return false }
            return segment.keyGroups.allSatisfy { group in
                segment.kind == .full ? base[group] > segment.epoch : base[group] >= segment.epoch
            }
        }
        let used = Set(segments.map(\.file))
        files.removeAll { !used.contains($0.name) }
    }

    /// What to read to restore, in order, with the key groups to take from each segment.
    package static func restoreOrder(
        _ manifest: CheckpointManifest
    ) -> [(segment: CheckpointManifest.SegmentReference, keyGroups: KeyGroupSet)] {
        let bases = bases(manifest.segments, keyGroupCount: manifest.keyGroupCount)
        // Within a checkpoint, changes come before what was saved in full, so that equal epochs need no further order.
        let ordered = manifest.segments.enumerated().sorted {
            ($0.element.epoch, $0.offset) < ($1.element.epoch, $1.offset)
        }
        return ordered.compactMap { _, segment in
            guard let base = bases[StateKey(segment)] else { return nil }
            var groups = KeyGroupSet(count: manifest.keyGroupCount)
            for group in segment.keyGroups {
                let isNeeded = segment.kind == .full ? base[group] == segment.epoch : base[group] < segment.epoch
                if isNeeded { groups.insert(group) }
            }
            return groups.isEmpty ? nil : (segment, groups)
        }
    }

    private struct StateKey: Hashable {
        var operatorUID: String
        var stateName: String

        init(_ segment: CheckpointManifest.SegmentReference) {
            operatorUID = segment.operatorUID
            stateName = segment.stateName
        }
    }

    /// The epoch of the newest full segment by state and key group; 0 where there is none.
    private static func bases(
        _ segments: [CheckpointManifest.SegmentReference], keyGroupCount: Int
    ) -> [StateKey: [Int64]] {
        var bases: [StateKey: [Int64]] = [:]
        for segment in segments {
            let key = StateKey(segment)
            var epochs = bases[key] ?? Array(repeating: 0, count: keyGroupCount)
            if segment.kind == .full {
                for group in segment.keyGroups { epochs[group] = max(epochs[group], segment.epoch) }
            }
            bases[key] = epochs
        }
        return bases
    }
}
