internal import Synchronization

/// The producer that the writers of a sink use now; empty while there is none or while it may not be used.
final class ProducerSlot: Sendable {
    struct Current: Sendable {
        var producer: KafkaProducer
        /// Counts producers: what belongs to one of them does not fit the next.
        var generation: Int
    }

    private struct State {
        var current: Current?
        var generation = 0
    }

    private let state = Mutex(State())

    var current: Current? { state.withLock { $0.current } }

    func put(_ producer: KafkaProducer) {
        state.withLock { state in
            state.generation += 1
            state.current = Current(producer: producer, generation: state.generation)
        }
    }

    func clear() {
        state.withLock { $0.current = nil }
    }
}
