import DevBroker
import NIOCore

/// Storage that fails for good at one of its writes, leaving a part of it behind when told so.
final class FailingStorage: Storage {
    /// What a failed write leaves.
    enum Remainder: CaseIterable {
        case nothing
        case half
        case all
    }

    let base: MemoryStorage
    private let remainder: Remainder
    private var remainingWrites: Int

    init(_ base: MemoryStorage, writes: Int, remainder: Remainder) {
        self.base = base
        self.remainder = remainder
        remainingWrites = writes
    }

    /// Whether the storage has failed.
    private(set) var hasFailed = false

    func open(_ name: String) throws(DevBrokerError) -> any StorageFile {
        FailingFile(file: base.open(name), storage: self)
    }

    func files(in folder: String) -> [String] { base.files(in: folder) }

    func folders() -> [String] { base.folders() }

    func rename(_ name: String, to destination: String) throws(DevBrokerError) {
        try write { base.rename(name, to: destination) }
    }

    func remove(_ name: String) throws(DevBrokerError) {
        try write { base.remove(name) }
    }

    func removeFolder(_ folder: String) throws(DevBrokerError) {
        try write { base.removeFolder(folder) }
    }

    fileprivate func write(_ body: () -> Void, partly: () -> Void = {}) throws(DevBrokerError) {
        if !hasFailed && remainingWrites > 0 {
            remainingWrites -= 1
            return body()
        }
        if !hasFailed {
            switch remainder {
            case .nothing: break
            case .half: partly()
            case .all: body()
            }
        }
        hasFailed = true
        throw DevBrokerError(.storage, "the storage fails as told")
    }
}

private final class FailingFile: StorageFile {
    private let file: any StorageFile
    private let storage: FailingStorage

    init(file: any StorageFile, storage: FailingStorage) {
        self.file = file
        self.storage = storage
    }

    var size: Int64 { file.size }

    func append(_ buffers: [ByteBuffer]) throws(DevBrokerError) {
        let whole = BrokerHarness.join(buffers)
        let half = whole.getSlice(at: whole.readerIndex, length: whole.readableBytes / 2) ?? ByteBuffer()
        try storage.write({ try? file.append([whole]) }, partly: { try? file.append([half]) })
    }

    func read(at position: Int64, length: Int) throws(DevBrokerError) -> ByteBuffer {
        try file.read(at: position, length: length)
    }

    func truncate(to size: Int64) throws(DevBrokerError) {
        try storage.write { try? file.truncate(to: size) }
    }

    func sync() {}

    func close() {}
}
