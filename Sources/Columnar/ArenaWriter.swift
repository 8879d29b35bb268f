/// Appends to an arena from a loop without touching its reference count.
///
/// Does not own the arena: whoever holds the writer keeps the arena alive. Of the thread that owns the arena.
@usableFromInline
package struct ArenaWriter {
    @usableFromInline let arena: Unmanaged<Arena>

    @inlinable
    package init(_ arena: Arena) {
        self.arena = Unmanaged.passUnretained(arena)
    }

    /// Bytes in use.
    @inlinable
    package var count: Int { arena._withUnsafeGuaranteedRef { $0.count } }

    /// Makes room for `byteCount` more bytes and returns where they go; `commit` makes them part of the arena.
    @inlinable
    package func reserve(_ byteCount: Int) -> UnsafeMutablePointer<UInt8> {
        arena._withUnsafeGuaranteedRef { $0.reserve(byteCount) }
    }

    /// Takes the first `byteCount` bytes of what `reserve` returned into the arena.
    @inlinable @discardableResult
    package func commit(_ byteCount: Int) -> ByteSlice {
        arena._withUnsafeGuaranteedRef { $0.commit(byteCount) }
    }

    /// Copies `byteCount` bytes to the end.
    @inlinable
    package func append(_ bytes: UnsafePointer<UInt8>, _ byteCount: Int) -> ByteSlice {
        arena._withUnsafeGuaranteedRef { $0.append(bytes, byteCount) }
    }

    /// Forgets the bytes from `count` on.
    @inlinable
    package func truncate(to count: Int) {
        arena._withUnsafeGuaranteedRef { $0.truncate(to: count) }
    }
}
