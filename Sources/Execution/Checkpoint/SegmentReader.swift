internal import Dataflow
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
private final class SegmentReaderState: Sendable {
    /// What was read of a step, and how many have yet to finish it.
    private struct Content {
        var result: Result<SnapshotBuffer, any Error>
        var consumers: Int
    }

    private struct State {
        var consumers = 1
        var next = 0
        var heldByteCount = 0
        var isClosed = false
        var failure: (any Error)?
        var contents: [Int: Content] = [:]
    }

    private let stepCount: Int
    private let state = Monitor(State())

    init(stepCount: Int) {
        self.stepCount = stepCount
    }

    func open(consumers: Int) {
        state.update { $0.consumers = max(1, consumers) }
    }

    /// The step to be read next, once there is room for it; nil when there is none.
    func nextToRead(byteCount: (Int) -> Int) -> Int? {
        state.wait { state -> Int?? in
            if state.isClosed || state.next == stepCount { return .some(nil) }
            let size = byteCount(state.next)
            guard state.heldByteCount == 0 || state.heldByteCount + size <= SegmentReader.windowByteCount else {
                return nil
            }
            state.heldByteCount += size
            state.next += 1
            return state.next - 1
        }
    }

    func put(_ step: Int, _ result: Result<SnapshotBuffer, any Error>) {
        state.update { state in
            if !state.isClosed { state.contents[step] = Content(result: result, consumers: state.consumers) }
        }
    }

    /// Waits for a step's file; nil once the reading was given up.
    func take(_ step: Int) -> Result<SnapshotBuffer, any Error>? {
        state.wait { state -> Result<SnapshotBuffer, any Error>?? in
            state.isClosed ? .some(nil) : state.contents[step].map { .some($0.result) }
        }
    }

    /// One consumer is done with a step; the last one lets its bytes go.
    func finish(_ step: Int, byteCount: Int) {
        state.update { state in
            state.contents[step]?.consumers -= 1
            guard state.contents[step]?.consumers == 0 else { return }
            state.contents[step] = nil
            state.heldByteCount -= byteCount
        }
    }

    /// Ends everything; the first failure counts.
    func fail(_ error: any Error) {
        state.update { $0.failure = $0.failure ?? error }
        close()
    }

    var failure: (any Error)? { state.read { $0.failure } }

    func close() {
        state.update { state in
            state.isClosed = true
            state.contents = [:]
        }
    }
}
