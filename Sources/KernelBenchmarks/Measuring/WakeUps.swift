internal import Dispatch

/// Lets one thread wait for another's call.
package final class WakeUps: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    package init() {}

    package func signal() { semaphore.signal() }

    package func wait() { semaphore.wait() }
}
