internal import Synchronization

/// Memory that an answer of a broker was received into. What reads it keeps it; with the last one it goes back to its pool.
///
/// Safe because the bytes are written by the receiving thread before the frame is handed on, and only read after that.
final class FrameBuffer: @unchecked Sendable {
    fileprivate let memory: UnsafeMutableRawBufferPointer
    let count: Int
    private let pool: FramePool

    fileprivate init(memory: UnsafeMutableRawBufferPointer, count: Int, pool: FramePool) {
        self.memory = memory
        self.count = count
        self.pool = pool
    }

    deinit {
        pool.giveBack(memory)
    }

    /// To be written by the receiver only, before anybody else has the frame.
    var writable: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(rebasing: memory[..<count]) }
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<count]) }
}

/// Memory of frames, kept so that no answer has to be received into pages that were never touched.
final class FramePool: Sendable {
    /// Frames smaller than that are not worth keeping.
    private static let leastKept = 1 << 14
    /// What a size is rounded up to, so that frames of like size find each other's memory.
    private static let step = 1 << 16

    private struct Free: @unchecked Sendable {
        var memory: [UnsafeMutableRawBufferPointer] = []
        var byteCount = 0
    }

    private let free = Mutex(Free())
    private let maximumKeptByteCount: Int

    /// - Parameter maximumKeptByteCount: of memory that is not in use.
    init(maximumKeptByteCount: Int) {
        self.maximumKeptByteCount = maximumKeptByteCount
    }

    deinit {
        free.withLock { for memory in $0.memory { memory.deallocate() } }
    }

    func take(_ count: Int) -> FrameBuffer {
        let found = free.withLock { free -> UnsafeMutableRawBufferPointer? in
            // The last one given back is the likeliest to be in a cache.
            guard let index = free.memory.lastIndex(where: { $0.count >= count }) else { return nil }
            let memory = free.memory.remove(at: index)
            free.byteCount -= memory.count
            return memory
        }
        let memory =
            found ?? .allocate(byteCount: count < Self.leastKept ? count : Self.rounded(count), alignment: 64)
        return FrameBuffer(memory: memory, count: count, pool: self)
    }

    private static func rounded(_ count: Int) -> Int { (count + step - 1) / step * step }

    fileprivate func giveBack(_ memory: UnsafeMutableRawBufferPointer) {
        let isKept = free.withLock { free -> Bool in
            guard memory.count >= Self.leastKept, free.byteCount + memory.count <= maximumKeptByteCount else {
                return false
            }
            free.memory.append(memory)
            free.byteCount += memory.count
            return true
        }
        if !isKept { memory.deallocate() }
    }
}
