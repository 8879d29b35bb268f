/// A piece of an arena: the value of a STRING or BYTES column.
@usableFromInline
package struct ByteSlice: Hashable, Sendable {
    /// Bytes from the arena's base.
    @usableFromInline
    package var offset: UInt32
    @usableFromInline
    package var length: UInt32

    @inlinable
    package init(offset: UInt32, length: UInt32) {
        self.offset = offset
        self.length = length
    }
}

/// A growing block of bytes that the variable-length columns of a batch point into.
///
/// The base moves when the arena grows: read `base` anew after an append. Owned by one thread while it grows.
@usableFromInline
package final class Arena {
    @usableFromInline
    struct Header {
        @usableFromInline var base: UnsafeMutablePointer<UInt8>
        @usableFromInline var count: Int
        @usableFromInline var capacity: Int
    }

    /// Offsets are 32 bits; a batch is flushed long before.
    @usableFromInline
    package static let maximumByteCount = 1 << 31

    /// Bytes behind the last one that may be read, so that kernels can load whole words; they mean nothing.
    package static let padding = 16

    /// Behind a pointer, so that appending needs no exclusivity check.
    @usableFromInline let header: UnsafeMutablePointer<Header>

    @usableFromInline
    package init(capacity: Int = 4096) {
        let capacity = Swift.max(capacity, 64)
        header = .allocate(capacity: 1)
        let base = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity + Self.padding)
        header.initialize(to: Header(base: base, count: 0, capacity: capacity))
    }

    deinit {
        header.pointee.base.deallocate()
        header.deallocate()
    }

    @inlinable
    package var base: UnsafeMutablePointer<UInt8> { header.pointee.base }

    /// Bytes in use.
    @inlinable
    package var count: Int { header.pointee.count }

    /// Makes room for `byteCount` more bytes and returns where they go; `commit` makes them part of the arena.
    @inlinable
    package func reserve(_ byteCount: Int) -> UnsafeMutablePointer<UInt8> {
        if header.pointee.count + byteCount > header.pointee.capacity { grow(byteCount) }
        return header.pointee.base + header.pointee.count
    }

    /// Takes the first `byteCount` bytes of what `reserve` returned into the arena.
    @inlinable
    package func commit(_ byteCount: Int) -> ByteSlice {
        let slice = ByteSlice(
            offset: UInt32(truncatingIfNeeded: header.pointee.count), length: UInt32(truncatingIfNeeded: byteCount))
        header.pointee.count += byteCount
        return slice
    }

    /// Copies `byteCount` bytes to the end.
    @inlinable
    package func append(_ bytes: UnsafePointer<UInt8>, _ byteCount: Int) -> ByteSlice {
        let target = reserve(byteCount)
        target.update(from: bytes, count: byteCount)
        return commit(byteCount)
    }

    /// Appends a copy of the bytes; answers where they are.
    @inlinable
    package func append(_ bytes: UnsafeRawBufferPointer) -> ByteSlice {
        guard let start = bytes.baseAddress else { return ByteSlice(offset: 0, length: 0) }
        return append(start.assumingMemoryBound(to: UInt8.self), bytes.count)
    }

    /// The bytes of a slice of this arena.
    @inlinable
    package func bytes(_ slice: ByteSlice) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base + Int(slice.offset), count: Int(slice.length))
    }

    /// Forgets all bytes and keeps the memory.
    @inlinable
    package func removeAll() {
        header.pointee.count = 0
    }

    /// Forgets the bytes from `count` on, of which there must be at least as many.
    @inlinable
    package func truncate(to count: Int) {
        header.pointee.count = count
    }

    @usableFromInline
    func grow(_ byteCount: Int) {
        let needed = header.pointee.count + byteCount
        precondition(needed <= Self.maximumByteCount, "arena of \(needed) bytes exceeds \(Self.maximumByteCount)")
        let capacity = Swift.max(needed, header.pointee.capacity * 2)
        let base = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity + Self.padding)
        base.update(from: header.pointee.base, count: header.pointee.count)
        header.pointee.base.deallocate()
        header.pointee.base = base
        header.pointee.capacity = capacity
    }
}
