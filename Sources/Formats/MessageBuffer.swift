/// Messages one after another in one block of memory.
///
/// The base moves when the buffer grows: read `base` anew after messages were appended. Owned by one thread.
@usableFromInline
package final class MessageBuffer {
    @usableFromInline
    struct State {
        @usableFromInline var base: UnsafeMutablePointer<UInt8>
        @usableFromInline var count: Int
        @usableFromInline var capacity: Int
        @usableFromInline var ends: UnsafeMutablePointer<Int>
        @usableFromInline var messageCount: Int
        @usableFromInline var messageCapacity: Int
    }

    /// Behind a pointer, so that appending needs no exclusivity check.
    @usableFromInline let state: UnsafeMutablePointer<State>

    @usableFromInline
    package init(byteCapacity: Int = 1 << 16, messageCapacity: Int = 2048) {
        let bytes = max(byteCapacity, 64)
        let messages = max(messageCapacity, 16)
        state = .allocate(capacity: 1)
        state.initialize(
            to: State(
                base: .allocate(capacity: bytes), count: 0, capacity: bytes, ends: .allocate(capacity: messages),
                messageCount: 0, messageCapacity: messages))
    }

    deinit {
        state.pointee.base.deallocate()
        state.pointee.ends.deallocate()
        state.deallocate()
    }

    @inlinable
    package var messageCount: Int { state.pointee.messageCount }

    /// Bytes of all messages.
    @inlinable
    package var byteCount: Int { state.pointee.count }

    @inlinable
    package var base: UnsafeMutablePointer<UInt8> { state.pointee.base }

    /// Where each message ends, from the base; valid until the buffer changes.
    @inlinable
    package var ends: UnsafePointer<Int> { UnsafePointer(state.pointee.ends) }

    /// Where message `index` starts, from the base.
    @inlinable
    package func start(of index: Int) -> Int { index == 0 ? 0 : state.pointee.ends[index - 1] }

    /// Where message `index` ends, from the base; equal to its start for a tombstone.
    @inlinable
    package func end(of index: Int) -> Int { state.pointee.ends[index] }

    /// The bytes of a message; valid until the buffer changes.
    @inlinable
    package func message(_ index: Int) -> UnsafeRawBufferPointer {
        let start = start(of: index)
        return UnsafeRawBufferPointer(start: base + start, count: end(of: index) - start)
    }

    /// Forgets all messages and keeps the memory.
    @inlinable
    package func removeAll() {
        state.pointee.count = 0
        state.pointee.messageCount = 0
    }

    /// Forgets all messages but the first `count`.
    package func truncate(to count: Int) {
        precondition(count <= state.pointee.messageCount, "\(count) of \(state.pointee.messageCount) messages")
        state.pointee.count = count == 0 ? 0 : state.pointee.ends[count - 1]
        state.pointee.messageCount = count
    }

    /// Makes room for `byteCount` more bytes and returns where they go.
    @inline(__always)
    func reserve(_ byteCount: Int) -> UnsafeMutablePointer<UInt8> {
        if state.pointee.count &+ byteCount > state.pointee.capacity { grow(byteCount) }
        return state.pointee.base + state.pointee.count
    }

    /// The same in the middle of a message that ends at `end`, which is not committed yet.
    @inline(__always)
    func reserve(_ byteCount: Int, after end: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
        let used = end - state.pointee.base
        if used &+ byteCount <= state.pointee.capacity { return end }
        return growBehind(used, byteCount)
    }

    /// Makes everything up to `end` part of the buffer and of its last message.
    @inline(__always)
    func commitMessage(end: UnsafeMutablePointer<UInt8>) {
        let count = end - state.pointee.base
        let index = state.pointee.messageCount
        if index == state.pointee.messageCapacity { growEnds() }
        state.pointee.count = count
        state.pointee.ends[index] = count
        state.pointee.messageCount = index &+ 1
    }

    /// Appends a copy of a message.
    @usableFromInline
    package func append(_ bytes: UnsafeRawBufferPointer) {
        let target = reserve(bytes.count)
        if let source = bytes.baseAddress {
            UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: bytes.count)
        }
        commitMessage(end: target + bytes.count)
    }

    @inline(never)
    private func growBehind(_ used: Int, _ byteCount: Int) -> UnsafeMutablePointer<UInt8> {
        let committed = state.pointee.count
        state.pointee.count = used
        grow(byteCount)
        state.pointee.count = committed
        return state.pointee.base + used
    }

    @inline(never)
    private func grow(_ byteCount: Int) {
        let capacity = max(state.pointee.count + byteCount, state.pointee.capacity * 2)
        let base = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        base.update(from: state.pointee.base, count: state.pointee.count)
        state.pointee.base.deallocate()
        state.pointee.base = base
        state.pointee.capacity = capacity
    }

    @inline(never)
    private func growEnds() {
        let capacity = state.pointee.messageCapacity * 2
        let ends = UnsafeMutablePointer<Int>.allocate(capacity: capacity)
        ends.update(from: state.pointee.ends, count: state.pointee.messageCount)
        state.pointee.ends.deallocate()
        state.pointee.ends = ends
        state.pointee.messageCapacity = capacity
    }
}
