internal import Crypto
internal import Failpoints
package import StateBackends

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Musl
#endif

/// A checkpoint store in a folder of the local file system (`file://` locations).
///
/// A file is written under a temporary name, synced, renamed and its folder synced; a failed sync is final for the attempt, because the
/// kernel may have dropped the pages.
package struct FileCheckpointStore: CheckpointStore {
    private static let temporaryPrefix = "tmp."
    /// What is read at once.
    private static let pieceByteCount = 1 << 20

    private let directory: String
    private let minimumFreeByteCount: Int

    /// Creates the folder, its parents included, with mode 0700.
    ///
    /// - Parameters:
    ///   - directory: an absolute path.
    ///   - minimumFreeByteCount: no file is written that would leave less on the file system, so that the job stops in good time
    ///     and others that share it do not run into its end.
    package init(directory: String, minimumFreeByteCount: Int = 0) throws(CheckpointStoreError) {
        self.minimumFreeByteCount = minimumFreeByteCount
        guard directory.hasPrefix("/") else {
            throw CheckpointStoreError(
                .invalidLocation,
                "'\(directory)' is not an absolute path; a checkpoint URI looks like file:///data/checkpoints")
        }
        self.directory = directory.count > 1 && directory.hasSuffix("/") ? String(directory.dropLast()) : directory
        try Self.makeDirectory(self.directory)
        removeLeftovers()
    }

    package func checkRoom() throws(CheckpointStoreError) { try checkRoom(for: 0) }

    private func checkRoom(for byteCount: Int) throws(CheckpointStoreError) {
        guard minimumFreeByteCount > 0 else { return }
        var information = statvfs()
        guard unsafe statvfs(directory, &information) == 0 else { throw failure("inspect", directory) }
        let free = UInt64(information.f_bavail).multipliedReportingOverflow(by: UInt64(information.f_frsize))
        let needed = UInt64(minimumFreeByteCount) + UInt64(byteCount)
        guard !free.overflow, free.partialValue < needed else { return }
        throw CheckpointStoreError(
            .noSpace,
            "\(location) has \(free.partialValue >> 20) MiB left, and \(minimumFreeByteCount >> 20) MiB are to stay free "
                + "(MILLRACE_CHECKPOINT_MINIMUM_FREE): make room; the job waits")
    }

    package var location: String { "file://\(directory)" }

    package func digest(of parts: [UnsafeRawBufferPointer]) -> String {
        var hash = SHA256()
        for index in unsafe parts.indices { unsafe hash.update(bufferPointer: parts[index]) }
        return Self.hexadecimal(hash.finalize())
    }

    package func put(_ name: String, _ parts: [SnapshotBuffer]) throws(CheckpointStoreError) -> StoredFile {
        try Self.check(name)
        let target = path(name)
        if unsafe access(target, F_OK) == 0 {
            throw CheckpointStoreError(.alreadyExists, "checkpoint file \(name) exists already in \(location)")
        }
        try checkRoom(for: parts.reduce(0) { $0 + $1.count })
        // Not the process id: in a container it is the same after every restart, and a killed process leaves its file.
        let temporary = path("\(Self.temporaryPrefix)\(String(UInt64.random(in: 0 ... .max), radix: 16)).\(name)")
        guard Failpoint.fileCreate.passes() else { throw failure("create", name) }
        let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure("create", name) }
        var isPublished = false
        defer {
            if !isPublished { unsafe unlink(temporary) }
        }
        var hash = SHA256()
        var byteCount = 0
        do throws(CheckpointStoreError) {
            for part in parts {
                let bytes = unsafe part.bytes
                unsafe hash.update(bufferPointer: bytes)
                unsafe try write(bytes, to: descriptor, name: name)
                byteCount += part.count
            }
            guard Failpoint.fileSync.passes(), fdatasync(descriptor) == 0 else { throw syncFailure(name) }
            Failpoint.fileSynced.hit()
        } catch {
            close(descriptor)
            throw error
        }
        guard close(descriptor) == 0 else { throw syncFailure(name) }
        guard Failpoint.fileRename.passes(), unsafe rename(temporary, target) == 0 else {
            throw failure("publish", name)
        }
        isPublished = true
        Failpoint.fileRenamed.hit()
        try syncDirectory()
        Failpoint.filePublished.hit()
        return StoredFile(name: name, byteCount: byteCount, digest: Self.hexadecimal(hash.finalize()))
    }

    package func get(
        _ name: String, expecting expected: StoredFile?
    ) throws(CheckpointStoreError) -> SnapshotBuffer {
        try Self.check(name)
        guard Failpoint.fileOpen.passes() else { throw failure("open", name) }
        let descriptor = unsafe open(path(name), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            if errno == ENOENT {
                throw CheckpointStoreError(.missing, "checkpoint file \(name) is missing in \(location)")
            }
            throw failure("open", name)
        }
        defer { close(descriptor) }
        var information = stat()
        guard unsafe fstat(descriptor, &information) == 0 else { throw failure("inspect", name) }
        let size = Int(information.st_size)
        if let expected, expected.byteCount != size {
            throw CheckpointStoreError(
                .corrupted, "checkpoint file \(name) in \(location) has \(size) bytes instead of \(expected.byteCount)")
        }
        let buffer = SnapshotBuffer(capacity: size)
        let target = unsafe buffer.extend(size)
        var hash = SHA256()
        var done = 0
        // Each piece is checked while it is still in the cache.
        while done < size {
            let count = min(Self.pieceByteCount, size - done)
            unsafe try read(count, from: descriptor, into: target + done, name: name)
            if expected != nil {
                unsafe hash.update(bufferPointer: UnsafeRawBufferPointer(start: target + done, count: count))
            }
            done += count
        }
        if let expected {
            guard Self.hexadecimal(hash.finalize()) == expected.digest else {
                throw CheckpointStoreError(
                    .corrupted, "checkpoint file \(name) in \(location) is damaged: its SHA-256 is not the recorded one"
                )
            }
        }
        return buffer
    }

    package func list() throws(CheckpointStoreError) -> [String] {
        guard Failpoint.directoryList.passes(), let stream = unsafe opendir(directory) else {
            throw failure("list", directory)
        }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name.first != "." && !name.hasPrefix(Self.temporaryPrefix) && Self.isValid(name) { names.append(name) }
        }
        return names.sorted()
    }

    package func delete(_ names: [String]) throws(CheckpointStoreError) {
        for name in names {
            try Self.check(name)
            guard Failpoint.fileDelete.passes() else { throw failure("delete", name) }
            if unsafe unlink(path(name)) != 0 && errno != ENOENT { throw failure("delete", name) }
            Failpoint.fileDeleted.hit()
        }
    }

    private func path(_ name: String) -> String { "\(directory)/\(name)" }

    private func write(
        _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, name: String
    ) throws(CheckpointStoreError) {
        var done = 0
        while done < bytes.count {
            let granted = Failpoint.fileWrite.grant(min(bytes.count - done, 1 << 30))
            let count = granted < 0 ? -1 : unsafe Glibc.write(descriptor, bytes.baseAddress! + done, granted)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw failure("write", name) }
            done += count
        }
    }

    private func read(
        _ size: Int, from descriptor: Int32, into target: UnsafeMutableRawPointer, name: String
    ) throws(CheckpointStoreError) {
        var done = 0
        while done < size {
            guard Failpoint.fileRead.passes() else { throw failure("read", name) }
            let count = unsafe Glibc.read(descriptor, target + done, min(size - done, 1 << 30))
            if count < 0 && errno == EINTR { continue }
            if count == 0 {
                throw CheckpointStoreError(
                    .corrupted, "checkpoint file \(name) in \(location) ends after \(done) bytes")
            }
            guard count > 0 else { throw failure("read", name) }
            done += count
        }
    }

    private func syncDirectory() throws(CheckpointStoreError) {
        let descriptor = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", directory) }
        defer { close(descriptor) }
        guard Failpoint.directorySync.passes(), fsync(descriptor) == 0 else { throw syncFailure(directory) }
    }

    /// Temporary files of processes that died while they wrote; a living process's are young and kept.
    private func removeLeftovers() {
        guard let stream = unsafe opendir(directory) else { return }
        defer { unsafe closedir(stream) }
        let now = time(nil)
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            guard name.hasPrefix(Self.temporaryPrefix) else { continue }
            var information = stat()
            if unsafe stat(path(name), &information) == 0 && now - information.st_mtim.tv_sec > 3600 {
                unsafe unlink(path(name))
            }
        }
    }

    private func syncFailure(_ name: String) -> CheckpointStoreError {
        let reason = failure("sync", name).message
        return CheckpointStoreError(
            .syncFailed,
            "\(reason); the device may have lost what it was given, so nothing is tried again on it: check it, then start "
                + "the job anew")
    }

    private func failure(_ action: String, _ name: String) -> CheckpointStoreError {
        let number = errno
        let reason = unsafe String(cString: strerror(number))
        let code: CheckpointStoreError.Code =
            switch number {
            case ENOSPC, EDQUOT: .noSpace
            case EACCES, EPERM, ENOTDIR, EROFS: .invalidLocation
            default: .unavailable
            }
        return CheckpointStoreError(code, "cannot \(action) \(name) in \(location): \(reason)")
    }

    private static func makeDirectory(_ directory: String) throws(CheckpointStoreError) {
        var prefix = ""
        for component in directory.split(separator: "/") {
            prefix += "/\(component)"
            if unsafe mkdir(prefix, 0o700) != 0 && errno != EEXIST {
                let reason = unsafe String(cString: strerror(errno))
                throw CheckpointStoreError(.invalidLocation, "cannot create the checkpoint folder \(prefix): \(reason)")
            }
        }
        if unsafe access(directory, R_OK | W_OK | X_OK) != 0 {
            let reason = unsafe String(cString: strerror(errno))
            throw CheckpointStoreError(
                .invalidLocation, "cannot write to the checkpoint folder \(directory): \(reason)")
        }
    }

    private static func isValid(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 200 && name.first != "."
            && name.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
                    || byte == 0x2e || byte == 0x5f || byte == 0x2d
            }
    }

    private static func check(_ name: String) throws(CheckpointStoreError) {
        guard isValid(name) else {
            throw CheckpointStoreError(.corrupted, "'\(name)' is not a name of a checkpoint file")
        }
    }

    private static func hexadecimal(_ digest: SHA256.Digest) -> String {
        let digits = Array("0123456789abcdef")
        var text = ""
        for byte in digest {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return text
    }
}
