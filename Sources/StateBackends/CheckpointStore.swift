package import Columnar

/// A file in a checkpoint store, with what proves that it is whole.
package struct StoredFile: Hashable, Sendable, Codable {
    /// Unique in the store; of the grammar `[A-Za-z0-9._-]+`.
    package var name: String
    package var byteCount: Int
    /// SHA-256 of the content, 64 hexadecimal digits.
    package var digest: String

    package init(name: String, byteCount: Int, digest: String) {
        self.name = name
        self.byteCount = byteCount
        self.digest = digest
    }
}

/// Where the files of one job's checkpoints are kept: a folder, a bucket's prefix.
///
/// Files are written once, whole, and never changed. Calls may block and come from the checkpoint's threads.
package protocol CheckpointStore: Sendable {
    /// For people: `file:///var/lib/millrace/checkpoints/film`.
    var location: String { get }

    /// SHA-256 of the parts, one after another, in hexadecimal.
    func digest(of parts: [UnsafeRawBufferPointer]) -> String

    /// Whether there is room for another checkpoint, asked before a job starts.
    ///
    /// - Throws: `.noSpace` where there is not.
    func checkRoom() throws(CheckpointStoreError)

    /// Writes a file from its parts. On return it is whole, durable and visible; before, nothing is visible under the name.
    ///
    /// - Throws: `CheckpointStoreError`; `.alreadyExists` rather than overwriting.
    func put(_ name: String, _ parts: [SnapshotBuffer]) throws(CheckpointStoreError) -> StoredFile

    /// Reads a file whole.
    ///
    /// - Throws: `.missing`; `.corrupted` where `expected` is given and length or digest differ.
    func get(_ name: String, expecting expected: StoredFile?) throws(CheckpointStoreError) -> SnapshotBuffer

    /// The names of all whole files, in ascending order.
    func list() throws(CheckpointStoreError) -> [String]

    /// Removes files; those that are not there are passed over.
    func delete(_ names: [String]) throws(CheckpointStoreError)
}

extension CheckpointStore {
    package func checkRoom() throws(CheckpointStoreError) {}
}

/// What goes wrong in a checkpoint store.
package struct CheckpointStoreError: MillraceError {
    /// What went wrong.
    package enum Code: String, Sendable {
        case missing
        case corrupted
        case alreadyExists
        /// No space left: the checkpoint fails, the job waits.
        case noSpace
        /// The device could not write what it had been given. Nobody knows what it holds now: the process ends.
        case syncFailed
        case unavailable
        /// Not a place that can be used: no rights, not a directory.
        case invalidLocation
    }

    package var code: Code
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var origin: ErrorOrigin { code == .invalidLocation ? .user : .external }
    package var isRetriable: Bool { code == .noSpace || code == .unavailable }
    package var context: ErrorContext { ErrorContext() }
}
