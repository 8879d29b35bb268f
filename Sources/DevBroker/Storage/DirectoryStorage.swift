internal import Glibc
internal import NIOCore

/// Files of a directory, written with plain system calls so that what was appended survives the process.
package final class DirectoryStorage: Storage {
    private let root: String

    /// Creates the directory when it is missing.
    package init(path: String) throws(DevBrokerError) {
        root = path
        try Self.createDirectory(path)
    }

    package func open(_ name: String) throws(DevBrokerError) -> any StorageFile {
        let path = root + "/" + name
        if let slash = name.lastIndex(of: "/") { try Self.createDirectory(root + "/" + name[..<slash]) }
        return try DirectoryFile(path: path)
    }

    package func files(in folder: String) throws(DevBrokerError) -> [String] {
        try list(root + "/" + folder, directories: false)
    }

    package func folders() throws(DevBrokerError) -> [String] {
        try list(root, directories: true)
    }

    package func rename(_ name: String, to destination: String) throws(DevBrokerError) {
        guard systemRename(root + "/" + name, root + "/" + destination) == 0 else { throw .system("rename", name) }
    }

    package func remove(_ name: String) throws(DevBrokerError) {
        guard unsafe unlink(root + "/" + name) == 0 || errno == ENOENT else { throw .system("remove", name) }
    }

    package func removeFolder(_ folder: String) throws(DevBrokerError) {
        for file in try files(in: folder) { try remove(folder + "/" + file) }
        guard unsafe rmdir(root + "/" + folder) == 0 || errno == ENOENT else { throw .system("remove", folder) }
    }

    private static func createDirectory(_ path: String) throws(DevBrokerError) {
        if unsafe mkdir(path, 0o755) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw .system("create the directory", path)
        }
        try createDirectory(String(path[..<slash]))
        guard unsafe mkdir(path, 0o755) == 0 || errno == EEXIST else { throw .system("create the directory", path) }
    }

    private func list(_ path: String, directories: Bool) throws(DevBrokerError) -> [String] {
        guard let directory = unsafe opendir(path) else {
            if errno == ENOENT { return [] }
            throw .system("list", path)
        }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name == "." || name == ".." { continue }
            var status = stat()
            guard unsafe stat(path + "/" + name, &status) == 0 else { continue }
            if (status.st_mode & S_IFMT == S_IFDIR) == directories { names.append(name) }
        }
        return names.sorted()
    }
}

private func systemRename(_ from: String, _ to: String) -> Int32 { unsafe rename(from, to) }

private final class DirectoryFile: StorageFile {
    private(set) var size: Int64
    private let path: String
    private var descriptor: Int32

    init(path: String) throws(DevBrokerError) {
        self.path = path
        descriptor = unsafe Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .system("open", path) }
        size = Int64(lseek(descriptor, 0, SEEK_END))
    }

    deinit { close() }

    func append(_ buffers: [ByteBuffer]) throws(DevBrokerError) {
        var written = size
        for buffer in buffers {
            let result = unsafe buffer.withUnsafeReadableBytes { bytes -> Bool in
                var done = 0
                while done < bytes.count {
                    let count = unsafe pwrite(
                        descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done,
                        off_t(written) + off_t(done))
                    if count < 0 && errno == EINTR { continue }
                    if count <= 0 { return false }
                    done += count
                }
                return true
            }
            guard result else {
                let error = DevBrokerError.system("append to", path)
                _ = ftruncate(descriptor, off_t(size))
                throw error
            }
            written += Int64(buffer.readableBytes)
        }
        size = written
    }

    func read(at position: Int64, length: Int) throws(DevBrokerError) -> ByteBuffer {
        let wanted = Int(max(0, min(Int64(length), size - position)))
        var buffer = ByteBufferAllocator().buffer(capacity: wanted)
        var isFailed = false
        while buffer.readableBytes < wanted && !isFailed {
            let done = buffer.readableBytes
            unsafe buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: wanted - done) { bytes in
                let count = unsafe pread(
                    descriptor, bytes.baseAddress, wanted - done, off_t(position) + off_t(done))
                if count < 0 && errno == EINTR { return 0 }
                isFailed = count <= 0
                return max(0, count)
            }
        }
        guard !isFailed else { throw .system("read", path) }
        return buffer
    }

    func truncate(to size: Int64) throws(DevBrokerError) {
        guard ftruncate(descriptor, off_t(size)) == 0 else { throw .system("truncate", path) }
        self.size = size
    }

    func sync() throws(DevBrokerError) {
        guard fdatasync(descriptor) == 0 else { throw .system("sync", path) }
    }

    func close() {
        guard descriptor >= 0 else { return }
        _ = Glibc.close(descriptor)
        descriptor = -1
    }
}

extension DevBrokerError {
    /// The error that `errno` tells of.
    fileprivate static func system(_ action: String, _ path: String) -> DevBrokerError {
        let reason = unsafe String(cString: strerror(errno))
        return DevBrokerError(.storage, "cannot \(action) a file: \(reason); check the data directory", context: path)
    }
}
