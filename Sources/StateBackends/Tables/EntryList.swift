/// A growing list of entries: those that have changed since the last snapshot of changes.
final class EntryList {
    private struct State {
        var base: UnsafeMutablePointer<UnsafeMutableRawPointer>
        var count: Int
        var capacity: Int
    }

    /// Behind a pointer, so that appending needs no exclusivity check.
    private let state: UnsafeMutablePointer<State>

    init() {
        state = .allocate(capacity: 1)
        state.initialize(to: State(base: .allocate(capacity: 64), count: 0, capacity: 64))
    }

    deinit {
        state.pointee.base.deallocate()
        state.deallocate()
    }

    var count: Int { state.pointee.count }

    subscript(index: Int) -> UnsafeMutableRawPointer { state.pointee.base[index] }

    func append(_ entry: UnsafeMutableRawPointer) {
        if state.pointee.count == state.pointee.capacity { grow() }
        state.pointee.base[state.pointee.count] = entry
        state.pointee.count &+= 1
    }

    /// Forgets all entries and most of a big list's memory.
    func removeAll() {
        state.pointee.count = 0
        if state.pointee.capacity <= 1 << 16 { return }
        state.pointee.base.deallocate()
        state.pointee.base = .allocate(capacity: 64)
        state.pointee.capacity = 64
    }

    private func grow() {
        let capacity = state.pointee.capacity * 2
        let base = UnsafeMutablePointer<UnsafeMutableRawPointer>.allocate(capacity: capacity)
        base.update(from: state.pointee.base, count: state.pointee.count)
        state.pointee.base.deallocate()
        state.pointee.base = base
        state.pointee.capacity = capacity
    }
}
