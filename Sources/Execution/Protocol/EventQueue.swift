internal import Foundation

/// A queue that any thread puts into and one thread takes from.
///
/// Safe because every access to `items` holds the condition's lock.
final class EventQueue<Element: Sendable>: @unchecked Sendable {
    private let condition = NSCondition()
    private var items: [Element] = []

    func put(_ item: Element) {
        condition.lock()
        items.append(item)
        condition.signal()
        condition.unlock()
    }

    /// The next item; nil when none came within the time.
    func take(timeoutNanoseconds: UInt64) -> Element? {
        let deadline = Date(timeIntervalSinceNow: Double(timeoutNanoseconds) / 1e9)
        condition.lock()
        defer { condition.unlock() }
        while items.isEmpty {
            if !condition.wait(until: deadline) { break }
        }
        return items.isEmpty ? nil : items.removeFirst()
    }
}
