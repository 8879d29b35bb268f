internal import Synchronization

/// What one thread has found out and the readers of a source are to throw; the first thing stays.
final class SourceTrouble: Sendable {
    private let isSet = Atomic<Bool>(false)
    private let error = Mutex<KafkaConnectorError?>(nil)

    func put(_ new: KafkaConnectorError) {
        error.withLock { $0 = $0 ?? new }
        isSet.store(true, ordering: .releasing)
    }

    func clear() {
        isSet.store(false, ordering: .releasing)
        error.withLock { $0 = nil }
    }

    /// Cheap where there is nothing.
    func check() throws(KafkaConnectorError) {
        guard isSet.load(ordering: .acquiring), let found = error.withLock({ $0 }) else { return }
        throw found
    }
}
