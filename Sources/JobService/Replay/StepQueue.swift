package import Foundation

/// What a thread that drives a job waits for. Filled from any thread, emptied by one.
///
/// Safe because every access to `items` holds the condition's lock.
package final class StepQueue<Element>: @unchecked Sendable {
    private let condition = NSCondition()
    private var items: [Element] = []

    package init() {}

    package func put(_ item: sending Element) {
        condition.lock()
        items.append(item)
        condition.signal()
        condition.unlock()
    }

    package func take() -> Element {
        condition.lock()
        defer { condition.unlock() }
        while items.isEmpty { condition.wait() }
        return items.removeFirst()
    }

    /// - Returns: nil when nothing has come by then.
    package func take(before deadline: Date) -> Element? {
        condition.lock()
        defer { condition.unlock() }
        while items.isEmpty {
            if !condition.wait(until: deadline) && items.isEmpty { return nil }
        }
        return items.removeFirst()
    }
}
