/// Gives a table its chunks, carved from bigger pieces: small ones at first, whole huge pages once there is enough state for them.
///
/// Chunks are never given back one by one: all of them go with the source. Owned by one thread.
final class ChunkSource {
    /// Pieces below `pagedFrom` bytes in all.
    private static let smallPieceByteCount = 128 << 10
    private static let pagedFrom = 8 << 20
    /// Later pieces grow with the state, so that it takes few of them.
    private static let largestPieceByteCount = 32 << 20
    private static let alignment = 64

    private struct Piece {
        var start: UnsafeMutableRawPointer
        var byteCount: Int
        var isPaged: Bool
    }

    private var pieces: [Piece] = []
    private var next: UnsafeMutableRawPointer?
    private var remaining = 0
    private var total = 0

    deinit {
        for piece in pieces {
            if piece.isPaged {
                PageMemory.release(piece.start, piece.byteCount)
            } else {
                piece.start.deallocate()
            }
        }
    }

    /// A chunk of undefined content, aligned to 64 bytes.
    func take(_ byteCount: Int) -> UnsafeMutableRawPointer {
        let size = (byteCount + Self.alignment - 1) & ~(Self.alignment - 1)
        if size > remaining { addPiece(size) }
        guard let chunk = next else { preconditionFailure("a source of chunks without memory") }
        next = chunk + size
        remaining -= size
        return chunk
    }

    private func addPiece(_ least: Int) {
        let isPaged = total >= Self.pagedFrom
        let byteCount =
            isPaged
            ? PageMemory.rounded(max(least, min(total / 16, Self.largestPieceByteCount)))
            : max(least, Self.smallPieceByteCount)
        let start: UnsafeMutableRawPointer =
            isPaged ? PageMemory.allocate(byteCount) : .allocate(byteCount: byteCount, alignment: Self.alignment)
        pieces.append(Piece(start: start, byteCount: byteCount, isPaged: isPaged))
        next = start
        remaining = byteCount
        total += byteCount
    }
}
