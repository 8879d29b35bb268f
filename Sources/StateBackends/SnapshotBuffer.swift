/// A growing block of bytes that a state writes its snapshot into; handed to the checkpoint's thread when full.
///
/// Safe because it is owned by one thread at a time: the worker that fills it, then the one that writes it out.
@usableFromInline
package final class SnapshotBuffer: @unchecked Sendable {
    @usableFromInline
    struct Header {
        @usableFromInline var base: UnsafeMutableRawPointer
        @usableFromInline var count: Int
        @usableFromInline var capacity: Int
    }

    /// Behind a pointer, so that appending needs no exclusivity check.
    @usableFromInline let header: UnsafeMutablePointer<Header>

    /// - Parameter capacity: bytes that it takes without growing; a good guess saves copying what was written so far.
    package init(capacity: Int = 1 << 16) {
        let made = Self.allocate(capacity)
        header = .allocate(capacity: 1)
        header.initialize(to: Header(base: made.base, count: 0, capacity: made.capacity))
    }

    deinit {
        Self.release(header.pointee.base, header.pointee.capacity)
        header.deallocate()
    }

    /// Big buffers are pieces of `SnapshotMemory`, small ones come from the allocator; how big it is tells which.
    private static func allocate(_ byteCount: Int) -> (base: UnsafeMutableRawPointer, capacity: Int) {
        if byteCount >= PageMemory.granularity / 2 {
            let piece = SnapshotMemory.allocate(byteCount)
            if let base = piece.baseAddress { return (base, piece.count) }
        }
        let capacity = Swift.max(byteCount, 64)
        return (.allocate(byteCount: capacity, alignment: 16), capacity)
    }

    private static func release(_ base: UnsafeMutableRawPointer, _ capacity: Int) {
        if capacity < PageMemory.granularity { base.deallocate() } else { SnapshotMemory.release(base, capacity) }
    }

    /// Bytes written.
    @inlinable
    package var count: Int { header.pointee.count }

    /// What was written; valid until the next append and as long as the buffer lives (`withExtendedLifetime`).
    @inlinable
    package var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: header.pointee.base, count: header.pointee.count)
    }

    /// Makes `byteCount` more bytes part of the buffer and returns where they start, for the caller to fill.
    @inlinable
    package func extend(_ byteCount: Int) -> UnsafeMutableRawPointer {
        if header.pointee.count + byteCount > header.pointee.capacity { grow(byteCount) }
        let start = header.pointee.base + header.pointee.count
        header.pointee.count += byteCount
        return start
    }

    /// Appends an integer in little-endian order.
    @inlinable
    package func append<Value: FixedWidthInteger>(_ value: Value) {
        extend(MemoryLayout<Value>.size).storeBytes(of: value.littleEndian, as: Value.self)
    }

    /// Appends a copy of the bytes.
    @inlinable
    package func append(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        extend(bytes.count).copyMemory(from: start, byteCount: bytes.count)
    }

    @usableFromInline
    func grow(_ byteCount: Int) {
        let made = Self.allocate(Swift.max(header.pointee.count + byteCount, header.pointee.capacity * 2))
        made.base.copyMemory(from: header.pointee.base, byteCount: header.pointee.count)
        Self.release(header.pointee.base, header.pointee.capacity)
        header.pointee.base = made.base
        header.pointee.capacity = made.capacity
    }
}
