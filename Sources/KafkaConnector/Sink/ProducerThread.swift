internal import Dataflow
internal import Synchronization

/// Serves a producer's callbacks and sends on what waits for room in its queue.
final class ProducerThread: Sendable {
    /// How long a call of the transaction API may take before the process had better start anew: librdkafka can hang for ever
    /// when a fatal error comes at the wrong moment.
    static let maximumCallNanoseconds: UInt64 = 300_000_000_000

    private final class Work: Sendable {
        let isStopping = Atomic<Bool>(false)
        let producer: KafkaProducer
        let buffers: @Sendable () -> [SinkBuffer]
        let hangs: @Sendable (StaticString) -> Void

        init(
            _ producer: KafkaProducer, _ buffers: @escaping @Sendable () -> [SinkBuffer],
            _ hangs: @escaping @Sendable (StaticString) -> Void
        ) {
            self.producer = producer
            self.buffers = buffers
            self.hangs = hangs
        }

        func run() {
            while !isStopping.load(ordering: .acquiring) {
                let stuck = buffers().filter(\.isStuck)
                producer.poll(timeoutMilliseconds: stuck.isEmpty ? 500 : 2)
                // A failure is kept in the buffer and thrown to its worker.
                for buffer in stuck { try? buffer.pump() }
                if let call = producer.callInProgress(now: monotonicNanoseconds()),
                    call.nanoseconds > maximumCallNanoseconds
                {
                    hangs(call.name)
                }
            }
        }
    }

    private let work: Work
    private let thread: DedicatedThread

    /// - Parameters:
    ///   - buffers: those that may have rows waiting.
    ///   - hangs: called when a call of the transaction API has not returned for `maximumCallNanoseconds`.
    init(
        producer: KafkaProducer, buffers: @escaping @Sendable () -> [SinkBuffer],
        hangs: @escaping @Sendable (StaticString) -> Void
    ) throws(KafkaConnectorError) {
        let work = Work(producer, buffers, hangs)
        self.work = work
        thread = try DedicatedThread.blocking { work.run() }
    }

    deinit {
        stop()
    }

    /// Ends the thread and waits for it.
    func stop() {
        work.isStopping.store(true, ordering: .releasing)
        work.producer.wake()
        thread.join()
    }
}
