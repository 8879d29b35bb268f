internal import CKafka
internal import Columnar
internal import Dataflow
internal import Failpoints
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A live member of a consumer group whose generation is sent with every transactional commit.
///
/// It subscribes to the job's inputs but fetches nothing; they are read by `KafkaConsumer`. With `group.instance.id` set
/// to the transactional id, a newer instance of the job takes the member's place at once, and the group coordinator
/// refuses the older one's commits. A dead instance's place needs no session time-out to be taken.
final class KafkaGroupMember: Sendable {
    let client: ClientHandle
    private let membership: Membership
    private let thread = Mutex<DedicatedThread?>(nil)

    /// Shared with the polling thread and the rebalance callback.
    private final class Membership: Sendable {
        let isStopping = Atomic<Bool>(false)
        let isActive = Atomic<Bool>(false)
        let error = Mutex<KafkaConnectorError?>(nil)
        let tenure = GroupTenure()
        private let revocationBudget: Duration

        init(revocationBudget: Duration) {
            self.revocationBudget = revocationBudget
        }

        /// What the group says, on the polling thread. A revocation is answered by returning.
        func change(assigned: Bool, lost: Bool) {
            isActive.store(assigned, ordering: .releasing)
            if assigned { return }
            if lost { return tenure.end(.lost) }
            let deadline = ContinuousClock.now + revocationBudget
            tenure.revoke {
                if isStopping.load(ordering: .acquiring) || ContinuousClock.now > deadline { return false }
                usleep(2000)
                return true
            }
        }
    }

    /// How long the group is kept waiting for the epoch under way: a third of `max.poll.interval.ms`, after which the group would go on
    /// without this member, so that it is still in time to join again.
    static func revocationBudget(_ properties: [KafkaProperties.Entry]) -> Duration {
        let interval = properties.last { $0.name == "max.poll.interval.ms" }.flatMap { Int($0.value) }
        return .milliseconds((interval ?? 300_000) / 3)
    }

    /// Joins `group` with a subscription to `topics`; at least one.
    ///
    /// - Throws: `.unavailable` when the group has not let it in after `timeoutMilliseconds`.
    init(
        properties: [KafkaProperties.Entry], topics: [String], timeoutMilliseconds: Int, events: ClientEvents
    ) throws(KafkaConnectorError) {
        let membership = Membership(revocationBudget: Self.revocationBudget(properties))
        self.membership = membership
        let forwarded = events.error
        var events = events
        events.error = { error, isFatal in
            if isFatal || error.code == .fenced || error.code == .unauthorized {
                membership.error.withLock { $0 = $0 ?? error }
                membership.tenure.end(error.code == .fenced ? .replaced : .lost)
            }
            forwarded(error, isFatal)
        }
        client = try ClientHandle(.member, properties: properties, events: events)
        _ = try checkingFailure { failure in
            withCStrings(topics) { names in
                ckafka_member_join(
                    client.pointer, names, topics.count,
                    { context, assigned, lost, _ in
                        guard let context else { return }
                        let membership = Unmanaged<Membership>.fromOpaque(context).takeUnretainedValue()
                        membership.change(assigned: assigned, lost: lost)
                        if assigned { Failpoint.kafkaMemberAssigned.hit() } else { Failpoint.kafkaMemberRevoked.hit() }
                    }, Unmanaged.passUnretained(membership).toOpaque(), &failure)
            }
        }
        try waitUntilActive(timeoutMilliseconds: timeoutMilliseconds)
        membership.tenure.begin()
        // Polling keeps the membership alive (max.poll.interval.ms) and answers rebalances.
        let polled = client
        let poller = try DedicatedThread.blocking {
            while !membership.isStopping.load(ordering: .acquiring) { polled.poll(timeoutMilliseconds: 1000) }
        }
        thread.withLock { $0 = poller }
    }

    /// A fence that fails after the join drops the member without a word: it must not go on polling for ever.
    deinit {
        stop()
    }

    private func waitUntilActive(timeoutMilliseconds: Int) throws(KafkaConnectorError) {
        let deadline = ContinuousClock.now + .milliseconds(timeoutMilliseconds)
        while !isActive {
            client.poll(timeoutMilliseconds: 50)
            try check()
            if ContinuousClock.now > deadline {
                throw KafkaConnectorError(
                    .unavailable, "the consumer group has not let this instance in; are the brokers reachable?")
            }
        }
    }

    /// Whether the group has given this member its part in the present generation.
    var isActive: Bool { membership.isActive.load(ordering: .acquiring) }

    /// Throws what ended the membership for good, such as `.fenced`.
    func check() throws(KafkaConnectorError) {
        if let error = membership.error.withLock({ $0 }) { throw error }
    }

    /// The group's committed offsets with their metadata; an offset of -1 where there is none.
    ///
    /// Waits out offsets that belong to an open transaction (require_stable).
    func committed(
        _ partitions: [KafkaPosition], timeoutMilliseconds: Int32
    ) throws(KafkaConnectorError) -> [KafkaPosition] {
        try client.committed(partitions, timeoutMilliseconds: timeoutMilliseconds)
    }

    /// What the fence has been given by the group, until the group takes it back.
    var tenure: GroupTenure { membership.tenure }

    /// Ends the polling; the place in the group stays until its session ends or a successor takes it.
    func stop() {
        membership.isStopping.store(true, ordering: .releasing)
        membership.tenure.release()
        ckafka_client_wake(client.pointer)
        thread.withLock { running in
            running?.join()
            running = nil
        }
    }
}
