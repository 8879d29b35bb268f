/// Memory for what has no fixed size: long values and lists of versions.
///
/// Blocks come from chunks, in size classes that waste at most a quarter; a released block is used again by the next
/// request of its class. Chunks are returned when their source goes. A block does not move. Owned by one thread.
final class BlockHeap {
    private struct State {
        var chunkStart: UnsafeMutableRawPointer?
        var chunkRemaining = 0
        var byteCount = 0
    }

    private static let chunkByteCount = 128 << 10
    /// Bigger blocks are chunks of their own.
    private static let largestClass = 16 << 10
    private static let classCount = 64 + 16

    private let state: UnsafeMutablePointer<State>
    private let freeLists: UnsafeMutablePointer<UnsafeMutableRawPointer?>
    private let chunks: ChunkSource
    private var largeBlocks: [UnsafeMutableRawPointer: Int] = [:]

    /// - Parameter chunks: where its memory comes from, which others may use too.
    init(chunks: ChunkSource) {
        self.chunks = chunks
        state = .allocate(capacity: 1)
        state.initialize(to: State())
        freeLists = .allocate(capacity: Self.classCount)
        freeLists.initialize(repeating: nil, count: Self.classCount)
    }

    deinit {
        for block in largeBlocks.keys { block.deallocate() }
        state.deallocate()
        freeLists.deallocate()
    }

    /// Memory held, in use or not.
    var byteCount: Int { state.pointee.byteCount }

    /// The bytes that a request of `byteCount` really gets, all usable.
    static func blockByteCount(_ byteCount: Int) -> Int {
        if byteCount <= 1024 { return Swift.max(16, (byteCount + 15) & ~15) }
        // Four classes for each power of two.
        let step = 1 << (Int.bitWidth - 1 - (byteCount - 1).leadingZeroBitCount - 2)
        return (byteCount + step - 1) & ~(step - 1)
    }

    /// A block of at least `byteCount` bytes, 16-byte aligned, with undefined content.
    func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer {
        let size = Self.blockByteCount(byteCount)
        if size > Self.largestClass {
            let block = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
            largeBlocks[block] = size
            state.pointee.byteCount += size
            return block
        }
        let index = Self.classIndex(size)
        if let block = freeLists[index] {
            freeLists[index] = block.load(as: UnsafeMutableRawPointer?.self)
            return block
        }
        if size > state.pointee.chunkRemaining { addChunk() }
        guard let block = state.pointee.chunkStart else { preconditionFailure("a heap without a chunk") }
        state.pointee.chunkStart = block + size
        state.pointee.chunkRemaining -= size
        return block
    }

    /// Takes back a block that was requested with `byteCount`.
    func release(_ block: UnsafeMutableRawPointer, _ byteCount: Int) {
        let size = Self.blockByteCount(byteCount)
        if size > Self.largestClass {
            largeBlocks[block] = nil
            state.pointee.byteCount -= size
            block.deallocate()
            return
        }
        let index = Self.classIndex(size)
        block.storeBytes(of: freeLists[index], as: UnsafeMutableRawPointer?.self)
        freeLists[index] = block
    }

    private static func classIndex(_ size: Int) -> Int {
        if size <= 1024 { return size / 16 - 1 }
        let power = Int.bitWidth - 1 - (size - 1).leadingZeroBitCount
        let quarter = ((size - 1) >> (power - 2)) & 3
        return 64 + (power - 10) * 4 + quarter
    }

    private func addChunk() {
        state.pointee.chunkStart = chunks.take(Self.chunkByteCount)
        state.pointee.chunkRemaining = Self.chunkByteCount
        state.pointee.byteCount += Self.chunkByteCount
    }
}
