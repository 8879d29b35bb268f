internal import Dataflow
internal import Synchronization

/// Fetches partitions over connections of its own, on one thread, from the brokers that lead them.
///
/// Answers are received into memory that is used again and again, and are read there: no record is copied or becomes an object.
/// Whom to ask is found out by the client, which also tells of brokers that are away.
final class Fetcher: Sendable {
    /// What the thread is given from outside.
    private struct Orders {
        var added: [FetchedSplit] = []
        var isStopping = false
    }

    /// Outlives the fetcher by as long as its thread does.
    private final class Desk: Sendable {
        let orders = Mutex(Orders())

        /// What was added since the last call; nil when the thread is to end.
        func take() -> [FetchedSplit]? {
            orders.withLock { orders in
                defer { orders.added = [] }
                return orders.isStopping ? nil : orders.added
            }
        }
    }

    let settings: FetchSettings
    let pool: FramePool
    private let desk = Desk()
    private let waker: Waker
    private let thread = Mutex<DedicatedThread?>(nil)

    /// - Parameter observe: told what the connections have done, now and then.
    init(
        client: ClientHandle, settings: FetchSettings,
        observe: @escaping @Sendable (ClientStatistics) -> Void
    ) throws(KafkaConnectorError) {
        self.settings = settings
        pool = FramePool(maximumKeptByteCount: 4 * Int(settings.answerByteCount))
        do {
            waker = try Waker()
        } catch {
            throw KafkaConnectorError(.internal, error.reason)
        }
        let made = try DedicatedThread.blocking { [desk, waker, settings, pool] in
            FetchLoop(client: client, settings: settings, pool: pool, waker: waker, observe: observe).run(desk.take)
        }
        thread.withLock { $0 = made }
    }

    deinit {
        stop()
    }

    /// A queue for a partition that is about to be added.
    func makeQueue(wakeReader: @escaping @Sendable () -> Void) -> FetchedQueue {
        FetchedQueue(
            maximumByteCount: settings.queuedByteCount, wakeReader: wakeReader, wakeFetcher: { [waker] in waker.wake() }
        )
    }

    /// Begins to fetch.
    func add(_ splits: [FetchedSplit]) {
        desk.orders.withLock { $0.added += splits }
        waker.wake()
    }

    /// Ends the thread and waits for it.
    func stop() {
        desk.orders.withLock { $0.isStopping = true }
        waker.wake()
        thread.withLock { running in
            running?.join()
            running = nil
        }
    }
}

/// A partition to fetch from an offset on.
struct FetchedSplit: Sendable {
    var id: SplitID
    var offset: Int64
    var queue: FetchedQueue
}
