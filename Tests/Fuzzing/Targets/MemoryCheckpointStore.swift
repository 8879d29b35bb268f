import StateBackends
import Synchronization

/// A checkpoint store in memory. Its digest is quick and of SHA-256's form.
final class MemoryCheckpointStore: CheckpointStore {
    private let files = Mutex<[String: [UInt8]]>([:])

    var location: String { "memory" }

    func digest(of parts: [UnsafeRawBufferPointer]) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for part in parts { for byte in part { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 } }
        let digits = String(hash, radix: 16)
        return String(repeating: String(repeating: "0", count: 16 - digits.count) + digits, count: 4)
    }

    func put(_ name: String, _ parts: [SnapshotBuffer]) throws(CheckpointStoreError) -> StoredFile {
        let bytes = parts.flatMap { part in withExtendedLifetime(part) { Array(part.bytes) } }
        let isNew = files.withLock { files in
            if files[name] != nil { return false }
            files[name] = bytes
            return true
        }
        if !isNew { throw CheckpointStoreError(.alreadyExists, name) }
        return describe(name, bytes)
    }

    /// Makes a file whatever its name is, as somebody else could.
    func place(_ name: String, _ bytes: [UInt8]) -> StoredFile {
        files.withLock { $0[name] = bytes }
        return describe(name, bytes)
    }

    func get(_ name: String, expecting expected: StoredFile?) throws(CheckpointStoreError)
        -> SnapshotBuffer
    {
        guard let bytes = files.withLock({ $0[name] }) else {
            throw CheckpointStoreError(.missing, name)
        }
        if let expected, expected != describe(name, bytes) {
            throw CheckpointStoreError(.corrupted, name)
        }
        let buffer = SnapshotBuffer(capacity: bytes.count)
        bytes.withUnsafeBytes { buffer.append($0) }
        return buffer
    }

    func list() throws(CheckpointStoreError) -> [String] { files.withLock { $0.keys.sorted() } }

    func delete(_ names: [String]) throws(CheckpointStoreError) {
        files.withLock { files in for name in names { files[name] = nil } }
    }

    private func describe(_ name: String, _ bytes: [UInt8]) -> StoredFile {
        StoredFile(
            name: name, byteCount: bytes.count, digest: bytes.withUnsafeBytes { digest(of: [$0]) })
    }
}
