internal import Columnar
package import StateBackends

/// What checkpoints have saved of the states of one operator: for each state a chain of segments, as a store would keep
/// them.
package struct StateImage: Sendable {
    package struct Segment: Sendable {
        package var keyGroups: Range<Int>
        package var isFull: Bool
        package var buffer: SnapshotBuffer
    }

    package let keyGroupCount: Int
    /// By state name, oldest first.
    package private(set) var segments: [String: [Segment]] = [:]

    package init(keyGroupCount: Int = KeyGroup.defaultCount) {
        self.keyGroupCount = keyGroupCount
    }

    /// Takes the changes of one subtask, and all entries of some of its key groups.
    package mutating func capture(_ states: [any CheckpointedState], owned: Range<Int>, full: Range<Int>) {
        for state in states {
            var chain = segments[state.descriptor.name] ?? []
            if let changes = state.takeChanges() {
                chain.append(Segment(keyGroups: owned, isFull: false, buffer: changes))
            }
            let groups = full.clamped(to: owned)
            if !groups.isEmpty {
                let whole = SnapshotBuffer()
                state.writeFull(keyGroups: groups, into: whole)
                chain.append(Segment(keyGroups: groups, isFull: true, buffer: whole))
            }
            segments[state.descriptor.name] = chain
        }
    }

    /// Gives states that own `owned` what they need: for each key group its newest full segment and all changes after
    /// it.
    package func restore(_ states: [any CheckpointedState], owned: Range<Int>) throws {
        for state in states {
            let chain = segments[state.descriptor.name] ?? []
            var newestFull = [Int](repeating: -1, count: keyGroupCount)
            for (index, segment) in chain.enumerated() where segment.isFull {
                for group in segment.keyGroups { newestFull[group] = index }
            }
            for (index, segment) in chain.enumerated() {
                var groups = KeyGroupSet(count: keyGroupCount)
                for group in segment.keyGroups.clamped(to: owned)
                where segment.isFull ? newestFull[group] == index : newestFull[group] < index {
                    groups.insert(group)
                }
                if !groups.isEmpty { try state.restore(segment.buffer.bytes, keyGroups: groups) }
            }
        }
    }
}
