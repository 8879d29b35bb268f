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

    package init(capacity: Int = 1 << 16) {
        let capacity = Swift.max(capacity, 64)
        header = .allocate(capacity: 1)
        header.initialize(
            to: Header(base: .allocate(byteCount: capacity, alignment: 16), count: 0, capacity: capacity))
    }

    deinit {
        header.pointee.base.deallocate()
        header.deallocate()
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
        let capacity = Swift.max(header.pointee.count + byteCount, header.pointee.capacity * 2)
        let base = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
        base.copyMemory(from: header.pointee.base, byteCount: header.pointee.count)
        header.pointee.base.deallocate()
        header.pointee.base = base
        header.pointee.capacity = capacity
    }
}
