import Foundation

/// Keeps the input that is being run in a file, so that it is there when the process dies of it.
final class CurrentInput {
    let path: String
    private let bytes: UnsafeMutableRawPointer
    private let capacity: Int

    /// - Parameter name: of the file, in the folder for temporary files.
    init(_ name: String, capacity: Int) throws {
        path = FileManager.default.temporaryDirectory.appending(path: "millrace-fuzz-\(name)").path
        self.capacity = capacity + 8
        let descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0, ftruncate(descriptor, self.capacity) == 0,
            let memory = mmap(nil, self.capacity, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
            memory != MAP_FAILED
        else { throw POSIXError(.EIO) }
        close(descriptor)
        bytes = memory
    }

    deinit {
        munmap(bytes, capacity)
        unlink(path)
    }

    /// The number of bytes first, 64 bits in the machine's order.
    func set(_ input: [UInt8]) {
        bytes.storeBytes(of: input.count, as: Int.self)
        input.withUnsafeBytes { source in
            if let start = source.baseAddress {
                (bytes + 8).copyMemory(from: start, byteCount: source.count)
            }
        }
    }
}
