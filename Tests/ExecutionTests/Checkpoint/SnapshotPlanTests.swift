import StateBackends
import Testing

@testable import Execution

struct SnapshotPlanTests {
    private static func segment(
        _ kind: StateSegment.Kind, _ epoch: Int64, _ groups: Range<Int> = 0..<128, bytes: Int = 10
    ) -> CheckpointManifest.SegmentReference {
        .init(
            operatorUID: "join", stateName: "right", kind: kind, firstKeyGroup: groups.lowerBound,
            endKeyGroup: groups.upperBound, epoch: epoch, file: "state-\(epoch)", offset: 0, byteCount: bytes)
    }

    private static func file(_ epoch: Int64) -> StoredFile {
        StoredFile(name: "state-\(epoch)", byteCount: 10, digest: "")
    }

    @Test func smallStateIsSavedWholeOnceChangesOutgrowIt() {
        var plan = SnapshotPlan(keyGroupCount: 128, restoredFrom: nil)
        #expect(plan.nextFull(stateByteCount: 0) == nil)
        plan.add([Self.segment(.changes, 1, bytes: 3 << 20)], file: Self.file(1))
        #expect(plan.nextFull(stateByteCount: 3 << 20) == 0..<128)
        plan.add([Self.segment(.changes, 2), Self.segment(.full, 2, bytes: 3 << 20)], file: Self.file(2))
        #expect(plan.segments.map(\.kind) == [.full], "what lies behind the full segment is not needed")
        #expect(plan.files.map(\.name) == ["state-2"])
    }

    @Test func largeStateIsSavedInSlicesThatCoverEveryKeyGroupOnce() {
        var plan = SnapshotPlan(keyGroupCount: 128, restoredFrom: nil)
        plan.add([Self.segment(.changes, 1, bytes: 2 << 30)], file: Self.file(1))
        var covered: [Int] = []
        var epoch: Int64 = 2
        while let slice = plan.nextFull(stateByteCount: 1 << 30), covered.count < 128 {
            covered += slice
            plan.add([Self.segment(.full, epoch, slice)], file: Self.file(epoch))
            epoch += 1
        }
        #expect(covered == Array(0..<128))
        #expect(epoch == 130)
        #expect(!plan.files.contains(Self.file(1)))
    }

    @Test func aRestoreTakesEachKeyGroupFromItsNewestFullSegmentAndThenTheChanges() {
        var plan = SnapshotPlan(keyGroupCount: 128, restoredFrom: nil)
        plan.add([Self.segment(.changes, 1)], file: Self.file(1))
        plan.add([Self.segment(.changes, 2), Self.segment(.full, 2, 0..<64)], file: Self.file(2))
        plan.add([Self.segment(.changes, 3)], file: Self.file(3))
        let manifest = CheckpointManifest(
            job: "j", lineage: "l", epoch: 3, createdAt: 0, keyGroupCount: 128, sources: [:], descriptors: [:],
            files: plan.files, segments: plan.segments, redo: [], stateByteCount: 0, isFinal: false)
        let order = SnapshotPlan.restoreOrder(manifest)
        #expect(order.map(\.segment.epoch) == [1, 2, 2, 3])
        let groups = order.map { entry in (0..<128).filter(entry.keyGroups.contains) }
        #expect(groups[0] == Array(64..<128), "the first half has a newer base")
        #expect(groups[1] == Array(64..<128))
        #expect(groups[2] == Array(0..<64))
        #expect(groups[3] == Array(0..<128))
    }

    /// As many files as slices are left of a cycle: they alone start no other.
    @Test func aCycleIsFollowedByOneOfChanges() {
        var plan = SnapshotPlan(keyGroupCount: 128, restoredFrom: nil)
        plan.add([Self.segment(.changes, 1, bytes: 2 << 30)], file: Self.file(1))
        var (epoch, full, quiet): (Int64, Int, Int) = (2, 0, 0)
        while epoch < 400, full < 129 {
            var segments = [Self.segment(.changes, epoch)]
            if let slice = plan.nextFull(stateByteCount: 1 << 30) {
                segments.append(Self.segment(.full, epoch, slice))
                full += 1
            } else {
                quiet += 1
            }
            plan.add(segments, file: Self.file(epoch))
            epoch += 1
        }
        #expect(full == 129 && quiet > 100, "\(full) slices, \(quiet) epochs of changes alone")
    }

    @Test func tooManyFilesStartACycle() {
        var plan = SnapshotPlan(keyGroupCount: 128, restoredFrom: nil)
        for epoch in 1...Int64(SnapshotPlan.maximumFileCount + 128) {
            #expect(plan.nextFull(stateByteCount: 1 << 30) == nil)
            plan.add([Self.segment(.changes, epoch)], file: Self.file(epoch))
        }
        #expect(plan.nextFull(stateByteCount: 1 << 30) == 0..<1)
    }
}
