internal import Synchronization

/// The memory of big snapshot buffers, kept for the next ones: a checkpoint each second needs as much as the one before, and new memory
/// costs more than writing into it: a fault a page, and where the machine itself is virtual perhaps a fault of its host's as well.
package enum SnapshotMemory {
    /// What is kept at most between checkpoints: about what two workers' slices of a full snapshot take.
    private static let usualByteCount = 16 << 20

    private struct Piece {
        /// An address, since a pointer belongs to one thread.
        var start: UInt
        var byteCount: Int
        /// Whether it was there already when memory was last given back.
        var isOld = false
    }

    private struct State {
        /// The piece released last comes last.
        var pieces: [Piece] = []
        /// What is kept at most now.
        var limit = usualByteCount

        /// Takes out what is beyond the limit, the pieces that were released first.
        mutating func surplus() -> [Piece] {
            var surplus: [Piece] = []
            var byteCount = pieces.reduce(0) { $0 + $1.byteCount }
            while byteCount > limit {
                byteCount -= pieces[0].byteCount
                surplus.append(pieces.removeFirst())
            }
            return surplus
        }
    }

    private static let state = Mutex(State())

    /// At least `byteCount` bytes of undefined content; what they are in all goes back to `release`.
    static func allocate(_ byteCount: Int) -> UnsafeMutableRawBufferPointer {
        let wanted = PageMemory.rounded(byteCount)
        let kept: Piece? = state.withLock { state in
            // Not one that is much too big: somebody else will need that.
            let fitting = state.pieces.lastIndex { $0.byteCount >= wanted && $0.byteCount <= 2 * wanted }
            return fitting.map { state.pieces.remove(at: $0) }
        }
        if let kept {
            return UnsafeMutableRawBufferPointer(
                start: UnsafeMutableRawPointer(bitPattern: kept.start), count: kept.byteCount)
        }
        return UnsafeMutableRawBufferPointer(start: PageMemory.allocate(wanted), count: wanted)
    }

    static func release(_ start: UnsafeMutableRawPointer, _ byteCount: Int) {
        let surplus = state.withLock { state in
            state.pieces.append(Piece(start: UInt(bitPattern: start), byteCount: byteCount))
            return state.surplus()
        }
        free(surplus)
    }

    /// Keeps up to `byteCount` while `body` runs, which needs so much again and again.
    package static func keeping<Result>(_ byteCount: Int, _ body: () throws -> Result) rethrows -> Result {
        state.withLock { $0.limit = max($0.limit, byteCount) }
        defer {
            let surplus = state.withLock { state in
                state.limit = usualByteCount
                return state.surplus()
            }
            free(surplus)
        }
        return try body()
    }

    /// Gives back to the system what nobody has needed since the last call.
    package static func giveBack() {
        let old = state.withLock { state in
            let old = state.pieces.filter(\.isOld)
            state.pieces.removeAll(where: \.isOld)
            for index in state.pieces.indices { state.pieces[index].isOld = true }
            return old
        }
        free(old)
    }

    private static func free(_ pieces: [Piece]) {
        for piece in pieces {
            if let start = UnsafeMutableRawPointer(bitPattern: piece.start) {
                PageMemory.release(start, piece.byteCount)
            }
        }
    }
}
