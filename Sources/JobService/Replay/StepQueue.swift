internal import Dataflow
package import Foundation

/// What a thread that drives a job waits for. Filled from any thread, emptied by one.
package final class StepQueue<Element: Sendable>: Sendable {
    private let items = Monitor<[Element]>([])

    package init() {}

    package func put(_ item: Element) {
        items.update { $0.append(item) }
    }

    package func take() -> Element {
        items.wait { $0.isEmpty ? nil : $0.removeFirst() }
    }

    /// - Returns: nil when nothing has come by then.
    package func take(before deadline: Date) -> Element? {
        let left = max(0, deadline.timeIntervalSinceNow)
        return items.wait(timeout: .milliseconds(Int64(left * 1000))) { $0.isEmpty ? nil : $0.removeFirst() }
    }
}
