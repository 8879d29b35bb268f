internal import Dataflow
internal import Foundation
internal import StateBackends

/// Reads the state of a checkpoint file by file, in the order in which it is to be applied: some files ahead on threads of their own, so
/// that reading and checking go on while what came before is put back, by several consumers side by side. Holds no more than the
/// window, or one file that is larger.
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
        try withoutActuallyEscaping(body) { body in try forEach(consumers: 1) { _, segment in try body(segment) } }
    }

    /// Calls `body` for every segment, in order, once for each consumer: consumer 0 on this thread, the others on threads of their
    /// own, each at its own pace within the window.
    ///
    /// - Throws: `CheckpointStoreError` for files that are missing or damaged; what `body` throws, the first of it. All threads
    ///   have ended then.
    package func forEach(
        consumers: Int, _ body: @escaping (_ consumer: Int, RestoredSegment) throws -> Void
    ) throws {
        try SnapshotMemory.keeping(Self.windowByteCount) { try read(consumers: consumers, body) }
    }

    private func read(
        consumers: Int, _ body: @escaping (_ consumer: Int, RestoredSegment) throws -> Void
    ) throws {
        let (steps, store, shared) = (steps, store, shared)
        shared.open(consumers: consumers)
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
        var others: [DedicatedThread] = []
        defer {
            shared.close()
            for other in others { other.join() }
        }
        for consumer in 1..<max(1, consumers) {
            others.append(try DedicatedThread { [self] in consume(consumer, body) })
        }
        consume(0, body)
        for other in others { other.join() }
        if let failure = shared.failure { throw failure }
    }

    private func consume(_ consumer: Int, _ body: (_ consumer: Int, RestoredSegment) throws -> Void) {
        do {
            for index in steps.indices {
                guard let content = shared.take(index) else { return }
                try apply(steps[index], content.get()) { try body(consumer, $0) }
                shared.finish(index, byteCount: steps[index].file.byteCount)
            }
        } catch {
            shared.fail(error)
        }
    }

    private func apply(_ step: Step, _ content: SnapshotBuffer, _ body: (RestoredSegment) throws -> Void) throws {
        for (segment, keyGroups) in step.segments {
            let shapes = manifest.descriptors[segment.operatorUID]
            try body(
                RestoredSegment(
                    operatorUID: segment.operatorUID, stateName: segment.stateName, keyGroups: keyGroups,
                    buffer: content, range: segment.offset..<segment.offset + segment.byteCount,
                    descriptor: shapes?.first { $0.name == segment.stateName }))
        }
    }
}

/// What the threads of a `SegmentReader` share.
///
/// Safe because every access to its variables holds the condition's lock.
private final class SegmentReaderState: @unchecked Sendable {
    /// What was read of a step, and how many have yet to finish it.
    private struct Content {
        var result: Result<SnapshotBuffer, any Error>
        var consumers: Int
    }

    private let condition = NSCondition()
    private let stepCount: Int
    private var consumers = 1
    private var next = 0
    private var heldByteCount = 0
    private var isClosed = false
    private var firstFailure: (any Error)?
    private var contents: [Int: Content] = [:]

    init(stepCount: Int) {
        self.stepCount = stepCount
    }

    func open(consumers: Int) {
        condition.withLock { self.consumers = max(1, consumers) }
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

    func put(_ step: Int, _ result: Result<SnapshotBuffer, any Error>) {
        condition.withLock {
            if !isClosed { contents[step] = Content(result: result, consumers: consumers) }
            condition.broadcast()
        }
    }

    /// Waits for a step's file; nil once the reading was given up.
    func take(_ step: Int) -> Result<SnapshotBuffer, any Error>? {
        condition.lock()
        defer { condition.unlock() }
        while !isClosed {
            if let content = contents[step] { return content.result }
            condition.wait()
        }
        return nil
    }

    /// One consumer is done with a step; the last one lets its bytes go.
    func finish(_ step: Int, byteCount: Int) {
        condition.withLock {
            contents[step]?.consumers -= 1
            guard contents[step]?.consumers == 0 else { return }
            contents[step] = nil
            heldByteCount -= byteCount
            condition.broadcast()
        }
    }

    /// Ends everything; the first failure counts.
    func fail(_ error: any Error) {
        condition.withLock { firstFailure = firstFailure ?? error }
        close()
    }

    var failure: (any Error)? { condition.withLock { firstFailure } }

    func close() {
        condition.withLock {
            isClosed = true
            contents = [:]
            condition.broadcast()
        }
    }
}
