internal import Dispatch

/// Lets one thread wait for another's call.
final class WakeUps: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func signal() { semaphore.signal() }

    func wait() { semaphore.wait() }
}
