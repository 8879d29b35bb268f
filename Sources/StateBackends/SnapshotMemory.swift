internal import Synchronization

/// The memory of big snapshot buffers, kept for the next ones: a checkpoint each second needs as much as the one before, and new memory
/// costs more than writing into it: a fault a page, and where the machine itself is virtual perhaps a fault of its host's as well.
package enum SnapshotMemory {
    /// What is kept at most: the window of a restore.
    private static let keptByteCount = 96 << 20

    private struct Piece {
        /// An address, since a pointer belongs to one thread.
        var start: UInt
        var byteCount: Int
        /// Whether it was there already when memory was last given back.
        var isOld = false
    }

    /// The piece released last comes last.
    private static let pieces = Mutex<[Piece]>([])

    /// At least `byteCount` bytes of undefined content; what they are in all goes back to `release`.
    static func allocate(_ byteCount: Int) -> UnsafeMutableRawBufferPointer {
        let wanted = PageMemory.rounded(byteCount)
        let kept: Piece? = pieces.withLock { pieces in
            // Not one that is much too big: somebody else will need that.
            let fitting = pieces.lastIndex { $0.byteCount >= wanted && $0.byteCount <= 2 * wanted }
            return fitting.map { pieces.remove(at: $0) }
        }
        if let kept {
            return UnsafeMutableRawBufferPointer(
                start: UnsafeMutableRawPointer(bitPattern: kept.start), count: kept.byteCount)
        }
        return UnsafeMutableRawBufferPointer(start: PageMemory.allocate(wanted), count: wanted)
    }

    static func release(_ start: UnsafeMutableRawPointer, _ byteCount: Int) {
        let isKept = pieces.withLock { pieces in
            guard pieces.reduce(byteCount, { $0 + $1.byteCount }) <= keptByteCount else { return false }
            pieces.append(Piece(start: UInt(bitPattern: start), byteCount: byteCount))
            return true
        }
        if !isKept { PageMemory.release(start, byteCount) }
    }

    /// Gives back to the system what nobody has needed since the last call.
    package static func giveBack() {
        let old = pieces.withLock { pieces in
            let old = pieces.filter(\.isOld)
            pieces.removeAll(where: \.isOld)
            for index in pieces.indices { pieces[index].isOld = true }
            return old
        }
        for piece in old {
            if let start = UnsafeMutableRawPointer(bitPattern: piece.start) {
                PageMemory.release(start, piece.byteCount)
            }
        }
    }
}
