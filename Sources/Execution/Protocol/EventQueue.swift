internal import Synchronization

/// A queue that any thread puts into and one thread takes from.
///
/// Waits by the monotonic clock: a wall clock that jumps neither delays nor hastens what is due.
final class EventQueue<Element: Sendable>: Sendable {
    private let signal = WorkerSignal()
    private let items = Mutex<[Element]>([])

    func put(_ item: Element) {
        items.withLock { $0.append(item) }
        signal.wake()
    }

    /// The next item; nil when none came within the time, or now and then before that.
    func take(timeoutNanoseconds: UInt64) -> Element? {
        signal.beginRound()
        if let item = first() { return item }
        signal.wait(nanoseconds: timeoutNanoseconds)
        return first()
    }

    private func first() -> Element? {
        items.withLock { items in items.isEmpty ? nil : items.removeFirst() }
    }
}
