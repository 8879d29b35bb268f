internal import Dataflow
internal import Synchronization

/// Asks the brokers for the end offsets of a source's partitions, again and again, on a thread of its own.
///
/// The answers serve reports of lag, and tell when a partition was last known to hold nothing more. The questions also keep
/// librdkafka's broker threads awake: when the queues of all partitions are full, 2.0.2 otherwise looks at them again only
/// after a second, however soon they are drained.
final class EndOffsetMonitor: Sendable {
    /// While records flow, and while none do.
    static let busyIntervalMilliseconds: Int32 = 100
    static let idleIntervalMilliseconds: Int32 = 2000
    static let questionTimeoutMilliseconds: Int32 = 5000

    private struct Answer {
        var offset: Int64
        /// When the question was asked, by `monotonicNanoseconds`: what the broker held then it holds by its answer.
        var time: UInt64
    }

    /// What is looked for beside the end offsets, and who is told.
    struct Watch: Sendable {
        /// Partitions by topic when the source was started.
        var partitionCounts: [String: Int]
        /// How often topics are looked at for new partitions; 0: never.
        var discoveryNanoseconds: UInt64
        /// Partitions by topic now.
        var count: @Sendable (ClientHandle) throws(KafkaConnectorError) -> [String: Int]
        /// A topic has got so many new partitions.
        var grown: @Sendable (_ topic: String, _ partitions: Int) -> Void
        /// The brokers do not answer, once a question; then, once, that they do again.
        var heard: @Sendable (SystemNews) -> Void
        /// The end of a partition has gone back.
        var shrunk: @Sendable (SplitID, _ before: Int64, _ now: Int64) -> Void
    }

    private struct State {
        var partitions: [KafkaPosition] = []
        var answers: [SplitID: Answer] = [:]
        /// Splits whose last answer was less than one before.
        var suspects: Set<SplitID> = []
        /// Whether the last question was not answered.
        var isUnanswered = false
        /// Somebody waits for an answer.
        var isAwaited = false
        var wakeUps: [@Sendable () -> Void] = []
        var isStopping = false
    }

    private final class Shared: Sendable {
        let consumer: KafkaConsumer
        let watch: Watch
        let state = Mutex(State())

        init(_ consumer: KafkaConsumer, _ watch: Watch) {
            self.consumer = consumer
            self.watch = watch
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
                if watch.discoveryNanoseconds > 0, monotonicNanoseconds() - lastDiscovery > watch.discoveryNanoseconds {
                    lastDiscovery = monotonicNanoseconds()
                    discover(&told)
                }
            }
        }

        private func discover(_ told: inout Set<String>) {
            guard let counts = try? watch.count(consumer.client) else { return }
            for (topic, count) in counts.sorted(by: { $0.key < $1.key }) where !told.contains(topic) {
                let added = count - (watch.partitionCounts[topic] ?? 0)
                guard added > 0 else { continue }
                told.insert(topic)
                watch.grown(topic, added)
                wakeReaders()
            }
        }

        private func wakeReaders() {
            for wakeUp in state.withLock({ $0.wakeUps }) { wakeUp() }
        }

        /// An end that goes back means that records were taken away; asked twice, since a broker that has just taken over may not
        /// know its end yet.
        private func compare(_ answers: [KafkaPosition]) {
            let shrunk = state.withLock { state -> [(SplitID, Int64, Int64)] in
                var found: [(SplitID, Int64, Int64)] = []
                for answer in answers {
                    guard let before = state.answers[answer.split]?.offset, answer.offset < before else {
                        state.suspects.remove(answer.split)
                        continue
                    }
                    if !state.suspects.insert(answer.split).inserted {
                        found.append((answer.split, before, answer.offset))
                    }
                }
                return found
            }
            for (split, before, now) in shrunk { watch.shrunk(split, before, now) }
            if !shrunk.isEmpty { wakeReaders() }
        }

        private func ask() {
            let time = monotonicNanoseconds()
            let partitions = state.withLock { $0.isStopping ? [] : $0.partitions }
            guard !partitions.isEmpty else { return }
            let answers: [KafkaPosition]
            do throws(KafkaConnectorError) {
                answers = try consumer.client.offsets(
                    partitions, .latest, timeoutMilliseconds: questionTimeoutMilliseconds)
            } catch {
                // A question that a stop has cut short says nothing of brokers.
                guard !state.withLock({ $0.isStopping }) else { return }
                state.withLock { $0.isUnanswered = true }
                return watch.heard(.retried(error.description))
            }
            let isAnsweredAgain = state.withLock { state in
                defer { state.isUnanswered = false }
                return state.isUnanswered
            }
            if isAnsweredAgain { watch.heard(.answered) }
            compare(answers)
            let wakeUps = state.withLock { state -> [@Sendable () -> Void] in
                for answer in answers where !state.suspects.contains(answer.split) {
                    state.answers[answer.split] = Answer(offset: answer.offset, time: time)
                }
                defer { state.isAwaited = false }
                return state.isAwaited ? state.wakeUps : []
            }
            for wakeUp in wakeUps { wakeUp() }
        }
    }

    private let shared: Shared
    private let thread: DedicatedThread

    init(consumer: KafkaConsumer, watch: Watch) throws(KafkaConnectorError) {
        let shared = Shared(consumer, watch)
        self.shared = shared
        thread = try DedicatedThread.blocking { shared.run() }
    }

    deinit {
        stop()
    }

    /// Asks for these too; `wakeUp` is called when an answer may change what a reader says.
    func add(_ splits: [SplitID], wakeUp: @escaping @Sendable () -> Void) {
        shared.state.withLock { state in
            state.partitions += splits.map { KafkaPosition(topic: $0.topic, partition: $0.partition, offset: 0) }
            state.wakeUps.append(wakeUp)
        }
    }

    var endOffsets: [SplitID: Int64] { shared.state.withLock { $0.answers.mapValues(\.offset) } }

    /// When the broker was last asked for the end of a split whose answer was `offset` or less; nil where it said more, or nothing yet.
    ///
    /// Where it was asked before `wanted` it is asked at once, and where it said more it is asked as always; either way the functions
    /// of `add` are called then.
    func lastKnownEnd(of split: SplitID, at offset: Int64, wanted: UInt64) -> UInt64? {
        let (time, isOld) = shared.state.withLock { state -> (UInt64?, Bool) in
            let answer = state.answers[split]
            let time = answer.flatMap { $0.offset <= offset ? $0.time : nil }
            if time ?? 0 < wanted { state.isAwaited = true }
            return (time, answer?.time ?? 0 < wanted)
        }
        if isOld { shared.consumer.wake() }
        return time
    }

    /// Ends the thread and waits for it.
    func stop() {
        shared.state.withLock { $0.isStopping = true }
        shared.consumer.wake()
        thread.join()
    }
}
