import Columnar
import Dataflow
import StateBackends
import Synchronization
import Testing

@testable import Execution

/// Reading state back, some files ahead.
@Suite(.timeLimit(.minutes(1)))
struct SegmentReaderTests {
    /// Files in memory; counts those that are held at once.
    private final class Store: CheckpointStore {
        let location = "memory"
        let reads = Mutex<[String]>([])
        let damaged: String?

        init(damaged: String? = nil) { self.damaged = damaged }

        func digest(of parts: [UnsafeRawBufferPointer]) -> String { "" }
        func put(_ name: String, _ parts: [SnapshotBuffer]) throws(CheckpointStoreError) -> StoredFile {
            throw CheckpointStoreError(.unavailable, "nothing is written")
        }
        func get(_ name: String, expecting expected: StoredFile?) throws(CheckpointStoreError) -> SnapshotBuffer {
            reads.withLock { $0.append(name) }
            if name == damaged { throw CheckpointStoreError(.corrupted, "\(name) is damaged") }
            let buffer = SnapshotBuffer()
            // The content of the file of epoch n: n, n + 1, ...
            let first = UInt8(name.dropFirst(2)) ?? 0
            for index in 0..<(expected?.byteCount ?? 0) { buffer.append(first &+ UInt8(index)) }
            return buffer
        }
        func list() throws(CheckpointStoreError) -> [String] { [] }
        func delete(_ names: [String]) throws(CheckpointStoreError) {}
    }

    /// Files `f-1`, `f-2`, ... of 4 bytes with two segments each.
    private func manifest(_ fileCount: Int, end: Int = 4) -> CheckpointManifest {
        var segments: [CheckpointManifest.SegmentReference] = []
        for epoch in 1...fileCount {
            for (offset, count) in [(0, 2), (2, end - 2)] {
                segments.append(
                    CheckpointManifest.SegmentReference(
                        operatorUID: "o", stateName: offset == 0 ? "a" : "b", kind: .changes, firstKeyGroup: 0,
                        endKeyGroup: 2, epoch: Int64(epoch), file: "f-\(epoch)", offset: offset, byteCount: count))
            }
        }
        let files = (1...fileCount).map { StoredFile(name: "f-\($0)", byteCount: 4, digest: "") }
        return CheckpointManifest(
            job: "j", lineage: "l", epoch: Int64(fileCount), createdAt: 0, keyGroupCount: 2, sources: [:],
            descriptors: [:], files: files, segments: segments, redo: [], stateByteCount: 0, isFinal: false)
    }

    @Test func segmentsComeInOrderAndEveryFileIsReadOnce() throws {
        let store = Store()
        let reader = try CheckpointRepository(store: store).reader(of: manifest(50))
        var found: [[UInt8]] = []
        try reader.forEach { segment in
            found.append(withExtendedLifetime(segment.buffer) { Array(segment.bytes) })
        }
        var expected: [[UInt8]] = []
        for first in UInt8(1)...50 {
            expected.append([first, first + 1])
            expected.append([first + 2, first + 3])
        }
        #expect(found == expected)
        let names: Set<String> = Set((1...50).map { number in "f-\(number)" })
        let reads: [String] = store.reads.withLock { $0 }
        #expect(reads.count == 50)
        #expect(Set(reads) == names)
    }

    @Test func aDamagedFileEndsTheReading() throws {
        let reader = try CheckpointRepository(store: Store(damaged: "f-7")).reader(of: manifest(20))
        var count = 0
        let error = #expect(throws: CheckpointStoreError.self) { try reader.forEach { _ in count += 1 } }
        #expect(error?.code == .corrupted)
        #expect(count == 12)
    }

    @Test func whatIsThrownByTheTakerIsPassedOn() throws {
        struct Stop: Error {}
        let reader = try CheckpointRepository(store: Store()).reader(of: manifest(20))
        #expect(throws: Stop.self) { try reader.forEach { _ in throw Stop() } }
    }

    /// Each worker's state is put back on a thread of its own: all see everything, in order, and a file is still read once.
    @Test func everyConsumerGetsAllSegmentsInOrder() throws {
        let store = Store()
        let reader = try CheckpointRepository(store: store).reader(of: manifest(50))
        let found = Mutex<[Int: [[UInt8]]]>([:])
        try reader.forEach(consumers: 3) { consumer, segment in
            let bytes = withExtendedLifetime(segment.buffer) { Array(segment.bytes) }
            found.withLock { $0[consumer, default: []].append(bytes) }
        }
        let expected = (UInt8(1)...50).flatMap { [[$0, $0 + 1], [$0 + 2, $0 + 3]] }
        for consumer in 0..<3 { #expect(found.withLock { $0[consumer] } == expected, "consumer \(consumer)") }
        #expect(store.reads.withLock { $0.count } == 50)
    }

    @Test(arguments: 0..<3)
    func whatOneConsumerThrowsEndsAll(failing: Int) throws {
        struct Stop: Error {}
        let reader = try CheckpointRepository(store: Store()).reader(of: manifest(50))
        let counts = Mutex<[Int: Int]>([:])
        #expect(throws: Stop.self) {
            try reader.forEach(consumers: 3) { consumer, _ in
                let count = counts.withLock {
                    $0[consumer, default: 0] += 1
                    return $0[consumer] ?? 0
                }
                if consumer == failing && count == 11 { throw Stop() }
            }
        }
        #expect(counts.withLock { $0[failing] } == 11)
    }

    @Test func aDamagedFileEndsAllConsumers() throws {
        let reader = try CheckpointRepository(store: Store(damaged: "f-7")).reader(of: manifest(20))
        let error = #expect(throws: CheckpointStoreError.self) { try reader.forEach(consumers: 2) { _, _ in } }
        #expect(error?.code == .corrupted)
    }

    @Test func segmentsOutsideTheirFileAreRefused() {
        let repository = CheckpointRepository(store: Store())
        #expect(throws: CheckpointStoreError.self) { try repository.reader(of: manifest(3, end: 5)) }
    }
}
