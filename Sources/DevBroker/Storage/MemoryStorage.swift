internal import NIOCore

/// Files in memory, for tests and simulations; `snapshot` gives what would survive a crash.
package final class MemoryStorage: Storage {
    private var files: [String: MemoryFile] = [:]

    package init() {}

    /// An independent copy of all files as they are now.
    package func snapshot() -> MemoryStorage {
        let copy = MemoryStorage()
        copy.files = files.mapValues { MemoryFile($0.content) }
        return copy
    }

    package func open(_ name: String) -> any StorageFile {
        if let file = files[name] { return file }
        let file = MemoryFile(ByteBuffer())
        files[name] = file
        return file
    }

    package func files(in folder: String) -> [String] {
        files.keys.filter { $0.hasPrefix(folder + "/") }.map { String($0.dropFirst(folder.count + 1)) }.sorted()
    }

    package func folders() -> [String] {
        Set(files.keys.compactMap { name in name.firstIndex(of: "/").map { String(name[..<$0]) } }).sorted()
    }

    package func rename(_ name: String, to destination: String) {
        files[destination] = files.removeValue(forKey: name)
    }

    package func remove(_ name: String) {
        files[name] = nil
    }

    package func removeFolder(_ folder: String) {
        for name in files.keys where name.hasPrefix(folder + "/") { files[name] = nil }
    }
}

private final class MemoryFile: StorageFile {
    var content: ByteBuffer

    init(_ content: ByteBuffer) {
        self.content = content
    }

    var size: Int64 { Int64(content.readableBytes) }

    func append(_ buffers: [ByteBuffer]) {
        for buffer in buffers { content.writeImmutableBuffer(buffer) }
    }

    func read(at position: Int64, length: Int) -> ByteBuffer {
        let available = max(0, min(length, content.readableBytes - Int(position)))
        return content.getSlice(at: content.readerIndex + Int(position), length: available) ?? ByteBuffer()
    }

    func truncate(to size: Int64) {
        content = content.getSlice(at: content.readerIndex, length: Int(size)) ?? content
    }

    func sync() {}

    func close() {}
}
