internal import Synchronization

/// Bytes that are allocated once and freed with the last reference.
///
/// Safe because one thread writes them before they are handed on, and they are only read after that.
private final class FrameMemory: @unchecked Sendable {
    let bytes: UnsafeMutableRawBufferPointer

    init(_ count: Int) {
        bytes = .allocate(byteCount: count, alignment: 64)
    }

    deinit {
        bytes.deallocate()
    }
}

/// Memory that an answer of a broker was received into. What reads it keeps it; with the last one it goes back to its pool.
final class FrameBuffer: Sendable {
    private let memory: FrameMemory
    let count: Int
    private let pool: FramePool

    fileprivate init(memory: FrameMemory, count: Int, pool: FramePool) {
        self.memory = memory
        self.count = count
        self.pool = pool
    }

    deinit {
        pool.giveBack(memory)
    }

    /// To be written by the receiver only, before anybody else has the frame.
    var writable: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(rebasing: memory.bytes[..<count]) }
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory.bytes[..<count]) }
}

/// Memory of frames, kept so that no answer has to be received into pages that were never touched.
final class FramePool: Sendable {
    /// Frames smaller than that are not worth keeping.
    private static let leastKept = 1 << 14
    /// What a size is rounded up to, so that frames of like size find each other's memory.
    private static let step = 1 << 16

    private struct Free {
        var memory: [FrameMemory] = []
        var byteCount = 0
    }

    private let free = Mutex(Free())
    private let maximumKeptByteCount: Int

    /// - Parameter maximumKeptByteCount: of memory that is not in use.
    init(maximumKeptByteCount: Int) {
        self.maximumKeptByteCount = maximumKeptByteCount
    }

    func take(_ count: Int) -> FrameBuffer {
        let found = free.withLock { free -> FrameMemory? in
            // The last one given back is the likeliest to be in a cache.
            guard let index = free.memory.lastIndex(where: { $0.bytes.count >= count }) else { return nil }
            let memory = free.memory.remove(at: index)
            free.byteCount -= memory.bytes.count
            return memory
        }
        let memory =
            found ?? FrameMemory(count < Self.leastKept ? count : Self.rounded(count))
        return FrameBuffer(memory: memory, count: count, pool: self)
    }

    private static func rounded(_ count: Int) -> Int { (count + step - 1) / step * step }

    fileprivate func giveBack(_ memory: FrameMemory) {
        free.withLock { free in
            let size = memory.bytes.count
            guard size >= Self.leastKept, free.byteCount + size <= maximumKeptByteCount else { return }
            free.memory.append(memory)
            free.byteCount += size
        }
    }
}
