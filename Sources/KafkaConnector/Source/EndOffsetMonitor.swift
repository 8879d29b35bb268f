internal import Dataflow
internal import Synchronization

/// Asks the brokers for the end offsets of a source's partitions, again and again, on a thread of its own.
///
/// The answers serve reports of lag, and tell whether a partition is at its end after a broken connection. The questions also keep
/// librdkafka's broker threads awake: when the queues of all partitions are full, 2.0.2 otherwise looks at them again only
/// after a second, however soon they are drained.
final class EndOffsetMonitor: Sendable {
    /// While records flow, and while none do.
    static let busyIntervalMilliseconds: Int32 = 100
    static let idleIntervalMilliseconds: Int32 = 2000
    static let questionTimeoutMilliseconds: Int32 = 5000

    private struct Answer {
        var offset: Int64
        /// Broken connections before the question was asked.
        var disconnects: Int64
    }

    /// How often topics are looked at for new partitions.
    static let discoveryIntervalNanoseconds: UInt64 = 60_000_000_000

    private struct State {
        var partitions: [KafkaPosition] = []
        var answers: [SplitID: Answer] = [:]
        var wakeUps: [@Sendable () -> Void] = []
        var isStopping = false
    }

    private final class Shared: Sendable {
        let consumer: KafkaConsumer
        /// Partitions by topic when the source was started.
        let partitionCounts: [String: Int]
        let grown: @Sendable (String, Int) -> Void
        let state = Mutex(State())

        init(
            _ consumer: KafkaConsumer, _ partitionCounts: [String: Int],
            _ grown: @escaping @Sendable (String, Int) -> Void
        ) {
            self.consumer = consumer
            self.partitionCounts = partitionCounts
            self.grown = grown
        }

        func run() {
            var seenCount: Int64 = 0
            var lastDiscovery = monotonicNanoseconds()
            var told: Set<String> = []
            while !state.withLock({ $0.isStopping }) {
                let count = consumer.readCount
                let isBusy = count != seenCount
                seenCount = count
                consumer.poll(
                    timeoutMilliseconds: isBusy ? busyIntervalMilliseconds : idleIntervalMilliseconds)
                ask()
                if monotonicNanoseconds() - lastDiscovery > discoveryIntervalNanoseconds {
                    lastDiscovery = monotonicNanoseconds()
                    discover(&told)
                }
            }
        }

        private func discover(_ told: inout Set<String>) {
            for (topic, count) in partitionCounts where !told.contains(topic) {
                let found = try? consumer.client.partitionCount(topic, timeoutMilliseconds: questionTimeoutMilliseconds)
                guard let found, found > count else { continue }
                told.insert(topic)
                grown(topic, found - count)
            }
        }

        private func ask() {
            let partitions = state.withLock { $0.isStopping ? [] : $0.partitions }
            guard !partitions.isEmpty else { return }
            let disconnects = consumer.disconnects
            guard
                let answers = try? consumer.client.offsets(
                    partitions, .latest, timeoutMilliseconds: questionTimeoutMilliseconds)
            else { return }
            let wakeUps = state.withLock { state -> [@Sendable () -> Void] in
                let isNews = answers.contains { (state.answers[$0.split]?.disconnects ?? 0) != disconnects }
                for answer in answers {
                    state.answers[answer.split] = Answer(offset: answer.offset, disconnects: disconnects)
                }
                return isNews ? state.wakeUps : []
            }
            for wakeUp in wakeUps { wakeUp() }
        }
    }

    private let shared: Shared
    private let thread: DedicatedThread

    /// - Parameters:
    ///   - partitionCounts: by topic, as found when the source was started.
    ///   - grown: called once for a topic that has got so many new partitions.
    init(
        consumer: KafkaConsumer, partitionCounts: [String: Int], grown: @escaping @Sendable (String, Int) -> Void
    ) throws(KafkaConnectorError) {
        let shared = Shared(consumer, partitionCounts, grown)
        self.shared = shared
        thread = try DedicatedThread.blocking { shared.run() }
    }

    /// Asks for these too; `wakeUp` is called when an answer may change what a reader says.
    func add(_ splits: [SplitID], wakeUp: @escaping @Sendable () -> Void) {
        shared.state.withLock { state in
            state.partitions += splits.map { KafkaPosition(topic: $0.topic, partition: $0.partition, offset: 0) }
            state.wakeUps.append(wakeUp)
        }
    }

    var endOffsets: [SplitID: Int64] { shared.state.withLock { $0.answers.mapValues(\.offset) } }

    func hasConfirmedEnd(of split: SplitID, at offset: Int64, disconnects: Int64) -> Bool {
        shared.state.withLock { state in
            guard let answer = state.answers[split] else { return false }
            return answer.disconnects == disconnects && answer.offset <= offset
        }
    }

    /// Ends the thread and waits for it.
    func stop() {
        shared.state.withLock { $0.isStopping = true }
        shared.consumer.wake()
        thread.join()
    }
}
