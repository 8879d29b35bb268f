import CheckpointStorage
import Foundation
import StateBackends
import Testing

struct FileCheckpointStoreTests {
    private let directory = FileManager.default.temporaryDirectory.path + "/millrace-store-\(UUID().uuidString)"

    private static func buffer(_ text: String) -> SnapshotBuffer {
        let buffer = SnapshotBuffer()
        Data(text.utf8).withUnsafeBytes { buffer.append($0) }
        return buffer
    }

    private func withStore(_ body: (FileCheckpointStore) throws -> Void) throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try body(try FileCheckpointStore(directory: directory))
    }

    @Test func partsAreReadBackAsOneFile() throws {
        try withStore { store in
            let file = try store.put("state-1.bin", [Self.buffer("ab"), Self.buffer("c")])
            #expect(file.byteCount == 3)
            #expect(file.digest == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
            let content = try store.get("state-1.bin", expecting: file)
            #expect(withExtendedLifetime(content) { Array(content.bytes) } == Array("abc".utf8))
            #expect(try store.list() == ["state-1.bin"])
        }
    }

    @Test func nothingIsOverwritten() throws {
        try withStore { store in
            _ = try store.put("a", [])
            #expect { _ = try store.put("a", [Self.buffer("x")]) } throws: { error in
                (error as? CheckpointStoreError)?.code == .alreadyExists
            }
        }
    }

    /// In a container every process has the same id, so what a killed one has left must not be in the way of the next.
    @Test func whatAKilledProcessLeftIsNotInTheWay() throws {
        try withStore { store in
            for name in ["tmp.\(ProcessInfo.processInfo.processIdentifier).a", "tmp.a"] {
                try Data("half".utf8).write(to: URL(fileURLWithPath: "\(directory)/\(name)"))
            }
            let file = try store.put("a", [Self.buffer("whole")])
            let content = try store.get("a", expecting: file)
            #expect(withExtendedLifetime(content) { Array(content.bytes) } == Array("whole".utf8))
            #expect(try store.list() == ["a"])
        }
    }

    @Test func aChangedByteIsFound() throws {
        try withStore { store in
            let file = try store.put("a", [Self.buffer("hello")])
            try Data("hallo".utf8).write(to: URL(fileURLWithPath: directory + "/a"))
            #expect { _ = try store.get("a", expecting: file) } throws: { error in
                (error as? CheckpointStoreError)?.code == .corrupted
            }
            try Data("hell".utf8).write(to: URL(fileURLWithPath: directory + "/a"))
            #expect { _ = try store.get("a", expecting: file) } throws: { error in
                (error as? CheckpointStoreError)?.code == .corrupted
            }
        }
    }

    @Test func namesCannotLeaveTheFolder() throws {
        try withStore { store in
            for name in ["../x", "a/b", "", ".hidden", "a\0b"] {
                #expect { _ = try store.put(name, []) } throws: { $0 is CheckpointStoreError }
            }
        }
    }

    @Test func missingFilesAreNamed() throws {
        try withStore { store in
            #expect { _ = try store.get("nope", expecting: nil) } throws: { error in
                (error as? CheckpointStoreError)?.code == .missing && "\(error)".contains("nope")
            }
            try store.delete(["nope"])
        }
    }

    @Test func aRelativePlaceIsRefused() {
        #expect(throws: CheckpointStoreError.self) { _ = try FileCheckpointStore(directory: "relative") }
    }
}
