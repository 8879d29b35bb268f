internal import Dataflow
internal import Foundation
internal import StateBackends

/// Reads the state of a checkpoint file by file, in the order in which it is to be applied: some files ahead on threads of their own, so
/// that reading and checking go on while what came before is put back. Holds no more than the window, or one file that is larger.
package final class SegmentReader: Sendable {
    /// Bytes of files that were read and not yet put back.
    package static let windowByteCount = 96 << 20
    package static let threadCount = 2

    /// What is to be taken from one file.
    struct Step: Sendable {
        var file: StoredFile
        var segments: [(segment: CheckpointManifest.SegmentReference, keyGroups: KeyGroupSet)]
    }

    private let manifest: CheckpointManifest
    private let store: any CheckpointStore
    private let steps: [Step]
    private let shared: SegmentReaderState

    init(_ manifest: CheckpointManifest, store: any CheckpointStore) throws(CheckpointStoreError) {
        self.manifest = manifest
        self.store = store
        steps = try Self.steps(manifest)
        shared = SegmentReaderState(stepCount: steps.count)
    }

    private static func steps(_ manifest: CheckpointManifest) throws(CheckpointStoreError) -> [Step] {
        let files = Dictionary(manifest.files.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var steps: [Step] = []
        for (segment, keyGroups) in SnapshotPlan.restoreOrder(manifest) {
            guard let file = files[segment.file], segment.offset >= 0, segment.byteCount >= 0,
                segment.offset <= file.byteCount, segment.byteCount <= file.byteCount - segment.offset
            else {
                throw CheckpointStoreError(
                    .corrupted, "checkpoint \(manifest.epoch) points outside its file \(segment.file)")
            }
            if steps.last?.file.name != file.name { steps.append(Step(file: file, segments: [])) }
            steps[steps.count - 1].segments.append((segment, keyGroups))
        }
        return steps
    }

    /// Calls `body` for every segment, in order, on this thread.
    ///
    /// - Throws: `CheckpointStoreError` for files that are missing or damaged; what `body` throws.
    package func forEach(_ body: (RestoredSegment) throws -> Void) throws {
        let (steps, store, shared) = (steps, store, shared)
        for _ in 0..<min(Self.threadCount, steps.count) {
            try DedicatedThread {
                while let index = shared.nextToRead(byteCount: { steps[$0].file.byteCount }) {
                    let content = Result<SnapshotBuffer, any Error> {
                        try store.get(steps[index].file.name, expecting: steps[index].file)
                    }
                    shared.put(index, content)
                }
            }
        }
        defer { shared.close() }
        for index in steps.indices {
            let content = try shared.take(index).get()
            for (segment, keyGroups) in steps[index].segments {
                let shapes = manifest.descriptors[segment.operatorUID]
                try body(
                    RestoredSegment(
                        operatorUID: segment.operatorUID, stateName: segment.stateName, keyGroups: keyGroups,
                        buffer: content, range: segment.offset..<segment.offset + segment.byteCount,
                        descriptor: shapes?.first { $0.name == segment.stateName }))
            }
            shared.finish(byteCount: steps[index].file.byteCount)
        }
    }
}

/// What the threads of a `SegmentReader` share.
///
/// Safe because every access to its variables holds the condition's lock.
private final class SegmentReaderState: @unchecked Sendable {
    private let condition = NSCondition()
    private let stepCount: Int
    private var next = 0
    private var heldByteCount = 0
    private var isClosed = false
    private var contents: [Int: Result<SnapshotBuffer, any Error>] = [:]

    init(stepCount: Int) {
        self.stepCount = stepCount
    }

    /// The step to be read next, once there is room for it; nil when there is none.
    func nextToRead(byteCount: (Int) -> Int) -> Int? {
        condition.lock()
        defer { condition.unlock() }
        while !isClosed && next < stepCount {
            let size = byteCount(next)
            if heldByteCount == 0 || heldByteCount + size <= SegmentReader.windowByteCount {
                heldByteCount += size
                next += 1
                return next - 1
            }
            condition.wait()
        }
        return nil
    }

    func put(_ step: Int, _ content: Result<SnapshotBuffer, any Error>) {
        condition.lock()
        contents[step] = content
        condition.broadcast()
        condition.unlock()
    }

    /// Waits for a step's file.
    func take(_ step: Int) -> Result<SnapshotBuffer, any Error> {
        condition.lock()
        defer { condition.unlock() }
        while true {
            if let content = contents.removeValue(forKey: step) { return content }
            condition.wait()
        }
    }

    func finish(byteCount: Int) {
        condition.lock()
        heldByteCount -= byteCount
        condition.broadcast()
        condition.unlock()
    }

    func close() {
        condition.lock()
        isClosed = true
        contents = [:]
        condition.broadcast()
        condition.unlock()
    }
}
