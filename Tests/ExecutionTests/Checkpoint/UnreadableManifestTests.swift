import Dataflow
import StateBackends
import Synchronization
import Testing

@testable import Execution

/// What a repository makes of a store that cannot be read for a moment.
struct UnreadableManifestTests {
    /// Keeps files in memory; reading what is in `unreadable` fails as a disk in trouble does.
    private final class MemoryStore: CheckpointStore {
        let files = Mutex<[String: [UInt8]]>([:])
        let unreadable = Mutex<Set<String>>([])
        let location = "memory"

        func digest(of parts: [UnsafeRawBufferPointer]) -> String {
            var hash: UInt64 = 0xcbf2_9ce4_8422_2325
            for part in parts {
                for byte in part { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
            }
            let text = String(hash, radix: 16)
            return String(repeating: String(repeating: "0", count: 16 - text.count) + text, count: 4)
        }

        func put(_ name: String, _ parts: [SnapshotBuffer]) throws(CheckpointStoreError) -> StoredFile {
            let bytes = parts.flatMap { Array($0.bytes) }
            files.withLock { $0[name] = bytes }
            return StoredFile(name: name, byteCount: bytes.count, digest: bytes.withUnsafeBytes { digest(of: [$0]) })
        }

        func get(_ name: String, expecting expected: StoredFile?) throws(CheckpointStoreError) -> SnapshotBuffer {
            if unreadable.withLock({ $0.contains(name) }) {
                throw CheckpointStoreError(.unavailable, "cannot read \(name)")
            }
            guard let bytes = files.withLock({ $0[name] }) else { throw CheckpointStoreError(.missing, name) }
            let buffer = SnapshotBuffer()
            bytes.withUnsafeBytes { buffer.append($0) }
            return buffer
        }

        func list() throws(CheckpointStoreError) -> [String] { files.withLock { $0.keys.sorted() } }

        func delete(_ names: [String]) throws(CheckpointStoreError) {
            files.withLock { files in
                for name in names { files[name] = nil }
            }
        }
    }

    private static let lineage = "0123456789abcdef"

    /// Six acknowledged checkpoints, all of which need the file of the first.
    private func filledStore() throws -> MemoryStore {
        let store = MemoryStore()
        let repository = CheckpointRepository(store: store)
        let base = SnapshotBuffer()
        [UInt8](0..<10).withUnsafeBytes { base.append($0) }
        let file = try store.put("state-000000000001-01234567-aaaaaaaa.bin", [base])
        var parent: CheckpointReference?
        for epoch in 1...6 as ClosedRange<Int64> {
            let manifest = CheckpointManifest(
                job: "test", lineage: Self.lineage, epoch: epoch, parent: parent, createdAt: 0, keyGroupCount: 128,
                sources: [:],
                descriptors: [:], files: [file], segments: [], redo: [], stateByteCount: 10, isFinal: false)
            let digest = try repository.publish(manifest)
            let reference = CheckpointReference(lineage: Self.lineage, epoch: epoch, digest: digest)
            try repository.acknowledge(reference)
            parent = reference
        }
        return store
    }

    @Test func aManifestThatCannotBeReadNowIsNotAMissingOne() throws {
        let store = try filledStore()
        let repository = CheckpointRepository(store: store)
        let newest = try #require(store.list().last { $0.hasPrefix("checkpoint-") })
        store.unreadable.withLock { _ = $0.insert(newest) }
        #expect { try repository.summaries() } throws: { ($0 as? CheckpointStoreError)?.code == .unavailable }
        store.unreadable.withLock { $0 = [] }
        #expect(try repository.summaries().map(\.epoch) == [1, 2, 3, 4, 5, 6])
    }

    @Test func nothingIsCollectedWhileItIsNotKnownWhoNeedsIt() throws {
        let store = try filledStore()
        let repository = CheckpointRepository(store: store)
        let before = try store.list()
        let manifests = before.filter { $0.hasPrefix("checkpoint-") }
        store.unreadable.withLock { $0 = Set(manifests) }
        #expect { try repository.collectGarbage(retainedCount: 3, lineage: Self.lineage) } throws: {
            ($0 as? CheckpointStoreError)?.isRetriable == true
        }
        #expect(try store.list() == before)
        store.unreadable.withLock { $0 = [] }
        try repository.collectGarbage(retainedCount: 3, lineage: Self.lineage)
        let after = try store.list()
        #expect(after.contains("state-000000000001-01234567-aaaaaaaa.bin"), "three checkpoints still need it")
        #expect(after.count { $0.hasPrefix("checkpoint-") } == 3)
    }
}
