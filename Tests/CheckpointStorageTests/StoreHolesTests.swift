import CheckpointStorage
import Foundation
import StateBackends
import Testing

/// The holes that the protocol's design lists, as far as a folder can have them.
struct StoreHolesTests {
    private let directory = FileManager.default.temporaryDirectory.path + "/millrace-store-\(UUID().uuidString)"

    private static func buffer(_ text: String) -> SnapshotBuffer {
        let buffer = SnapshotBuffer()
        Data(text.utf8).withUnsafeBytes { buffer.append($0) }
        return buffer
    }

    /// A disk that is about to be full is met before it is, with nothing left half written.
    @Test func noSpaceIsMetEarlier() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let store = try FileCheckpointStore(directory: directory, minimumFreeByteCount: 1 << 60)
        for attempt in [{ try store.checkRoom() }, { _ = try store.put("a", [Self.buffer("x")]) }] {
            let error = #expect(throws: CheckpointStoreError.self) { try attempt() }
            #expect(error?.code == .noSpace)
            #expect(error?.isRetriable == true)
            #expect(error?.message.contains("MILLRACE_CHECKPOINT_MINIMUM_FREE") == true)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory).isEmpty)
        let roomy = try FileCheckpointStore(directory: directory, minimumFreeByteCount: 1)
        try roomy.checkRoom()
        _ = try roomy.put("a", [Self.buffer("x")])
    }

    /// Of two writers of one name the first one's bytes stay, whole.
    @Test func zombieCannotOverwrite() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let (zombie, owner) = (
            try FileCheckpointStore(directory: directory), try FileCheckpointStore(directory: directory)
        )
        let file = try owner.put("ack-1", [Self.buffer("owner")])
        let error = #expect(throws: CheckpointStoreError.self) { _ = try zombie.put("ack-1", [Self.buffer("zombie")]) }
        #expect(error?.code == .alreadyExists)
        let content = try zombie.get("ack-1", expecting: file)
        #expect(withExtendedLifetime(content) { Array(content.bytes) } == Array("owner".utf8))
    }

    /// Every cut and every changed byte of a file shows when it is read.
    @Test func tornFiles() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let store = try FileCheckpointStore(directory: directory)
        let whole = Data("what a checkpoint holds".utf8)
        let file = try store.put("state", [Self.buffer(String(decoding: whole, as: UTF8.self))])
        let url = URL(fileURLWithPath: directory + "/state")
        for place in 0..<whole.count {
            var flipped = whole
            flipped[place] ^= 1
            for damaged in [Data(whole.prefix(place)), flipped, whole + Data([0])] {
                try damaged.write(to: url)
                let error = #expect(throws: CheckpointStoreError.self) { _ = try store.get("state", expecting: file) }
                #expect(error?.code == .corrupted)
            }
        }
    }
}
