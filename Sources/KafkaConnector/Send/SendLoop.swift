internal import CKafka
internal import Dataflow
internal import Failpoints
internal import Synchronization

/// What the thread of a `RowSender` does: closes batches, registers their partitions with the transaction, sends them to their leaders
/// until they are acknowledged.
final class SendLoop {
    /// A partition as it is written. One batch of it is on its way at a time, so that none can overtake another.
    struct Lane {
        let partition: RowSender.Partition
        var leader: BrokerAddress?
        /// Taken from the writers and not acknowledged.
        var batch: OutgoingBatch?
        /// A request with the batch waits for its answer.
        var isAsked = false
        /// The number of the next batch's first record.
        var sequence: Int32 = 0
        /// The transaction that knows of the partition.
        var registered: Int?
        var notBefore: UInt64 = 0
        var missingSince: UInt64?
        var sent = (records: 0, bytes: 0)
    }

    static let pause: UInt64 = 100_000_000
    private static let leaderTimeoutMilliseconds: Int32 = 1000
    private static let missingPatience: UInt64 = 10_000_000_000
    /// Of batches in one request.
    private static let maximumRequestByteCount = 16 << 20

    let settings: SendSettings
    let desk: RowSender.Desk
    let client: ClientHandle
    let pool = FramePool(maximumKeptByteCount: 1 << 20)
    private let waker: Waker
    private let observe: @Sendable (ClientStatistics) -> Void
    var lanes: [Lane] = []
    private var indexes: [RowSender.Partition: Int] = [:]
    private var links: [BrokerAddress: BrokerLink] = [:]
    /// Lanes whose batches a link's request holds.
    private var asked: [BrokerAddress: [Int]] = [:]
    var coordination = Coordination()
    private var nextLook: UInt64 = 0
    private var nextObservation: UInt64

    init(
        client: ClientHandle, settings: SendSettings, desk: RowSender.Desk, waker: Waker,
        observe: @escaping @Sendable (ClientStatistics) -> Void
    ) {
        self.client = client
        self.settings = settings
        self.desk = desk
        self.waker = waker
        self.observe = observe
        nextObservation = monotonicNanoseconds() + settings.observationNanoseconds
    }

    func run() {
        while true {
            let now = monotonicNanoseconds()
            var deadline = nextObservation
            let view = takeBatches(now, &deadline)
            if view.isStopping { return }
            if let identity = view.identity {
                findLeaders(now)
                if view.isAborting {
                    abort(identity, view.transaction, now)
                } else if view.failure == 0 {
                    register(identity, view.transaction, now)
                    for link in links.values { ask(link, identity, view.transaction, now, &deadline) }
                    watchDelivery(now, &deadline)
                }
            } else if view.isAborting {
                finishAbort()
            }
            if lanes.contains(where: { $0.batch != nil && $0.leader == nil }) { deadline = min(deadline, nextLook) }
            wait(until: min(deadline, coordination.deadline(now)), now)
        }
    }

    // MARK: Batches

    private struct View {
        var identity: ProducerIdentity?
        var transaction: Int
        var failure: Int32
        var isAborting: Bool
        var isStopping: Bool
    }

    /// Takes the first batch of every partition that has none on its way, where it is full, has waited long enough, or is waited for.
    private func takeBatches(_ now: UInt64, _ deadline: inout UInt64) -> View {
        var due = UInt64.max
        let view = desk.state.withLock { state -> View in
            let view = View(
                identity: state.identity, transaction: state.transaction, failure: state.failure,
                isAborting: state.isAborting, isStopping: state.isStopping)
            guard view.identity != nil, view.failure == 0, !view.isAborting else { return view }
            for (partition, held) in state.waiting {
                let index = lane(of: partition)
                guard lanes[index].batch == nil, let first = held.batches.first, first.recordCount > 0 else { continue }
                let ready = first.opened + settings.lingerNanoseconds
                guard held.batches.count > 1 || state.isFlushing || ready <= now else {
                    due = min(due, ready)
                    continue
                }
                lanes[index].batch = first
                state.waiting[partition]?.batches.removeFirst()
            }
            return view
        }
        deadline = min(deadline, due)
        guard let identity = view.identity else { return view }
        for index in lanes.indices {
            guard let batch = lanes[index].batch, !batch.isSealed else { continue }
            batch.seal(identity, sequence: lanes[index].sequence)
            lanes[index].sequence = Self.sequence(lanes[index].sequence, after: batch.recordCount)
        }
        return view
    }

    /// Numbers wrap around to 0 (KIP-98).
    static func sequence(_ sequence: Int32, after count: Int32) -> Int32 {
        Int32(truncatingIfNeeded: (Int64(sequence) + Int64(count)) & Int64(Int32.max))
    }

    private func lane(of partition: RowSender.Partition) -> Int {
        if let index = indexes[partition] { return index }
        indexes[partition] = lanes.count
        lanes.append(Lane(partition: partition))
        return lanes.count - 1
    }

    private func settle(_ index: Int) {
        guard let batch = lanes[index].batch else { return }
        lanes[index].batch = nil
        lanes[index].isAsked = false
        lanes[index].sent.records += Int(batch.recordCount)
        lanes[index].sent.bytes += batch.byteCount
        let isIdle = desk.state.withLock { state in
            state.settle(batch)
            return state.recordCount == 0
        }
        if isIdle { desk.idle.wake() }
    }

    func fail(_ code: Int32) {
        desk.state.withLock { if $0.failure == 0 { $0.failure = code } }
        desk.idle.wake()
    }

    private func watchDelivery(_ now: UInt64, _ deadline: inout UInt64) {
        for lane in lanes {
            guard let batch = lane.batch else { continue }
            let end = batch.opened + settings.deliveryNanoseconds
            if now >= end { return fail(RD_KAFKA_RESP_ERR__MSG_TIMED_OUT.rawValue) }
            deadline = min(deadline, end)
        }
    }

    // MARK: Leaders

    private func findLeaders(_ now: UInt64) {
        for index in lanes.indices where !lanes[index].isAsked {
            guard let leader = lanes[index].leader, let link = links[leader], link.trouble != nil else { continue }
            lanes[index].leader = nil
        }
        guard now >= nextLook else { return }
        let topics = Set(lanes.lazy.filter { $0.batch != nil && $0.leader == nil }.map(\.partition.topic))
        guard !topics.isEmpty else { return }
        for topic in topics.sorted() {
            let leaders: [Int32: BrokerAddress?]
            do throws(KafkaConnectorError) {
                leaders = try client.leaders(topic, timeoutMilliseconds: Self.leaderTimeoutMilliseconds)
            } catch {
                guard error.code == .topicMissing || error.code == .unauthorized else { continue }
                leaders = [:]
            }
            for index in lanes.indices where lanes[index].partition.topic == topic && lanes[index].leader == nil {
                guard let leader = leaders[lanes[index].partition.index] else {
                    miss(index, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART.rawValue)
                    continue
                }
                lanes[index].leader = leader
                guard let leader else { continue }
                lanes[index].missingSince = nil
                if links[leader] == nil {
                    links[leader] = BrokerLink(leader, clientID: settings.clientID, pool: pool)
                }
            }
        }
        nextLook = monotonicNanoseconds() + Self.pause
    }

    /// A partition is not to be found: what is for it fails when that does not pass.
    private func miss(_ index: Int, _ code: Int32) {
        let now = monotonicNanoseconds()
        guard let since = lanes[index].missingSince else {
            lanes[index].missingSince = now
            return
        }
        if now - since > Self.missingPatience { fail(code) }
    }

    // MARK: Requests

    private func ask(
        _ link: BrokerLink, _ identity: ProducerIdentity, _ transaction: Int, _ now: UInt64, _ deadline: inout UInt64
    ) {
        link.prepare(now)
        guard link.isReady(now) else { return }
        guard let version = link.version(of: .produce) else {
            return fail(RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE.rawValue)
        }
        var wanted: [Int] = []
        var size = 0
        for (index, lane) in lanes.enumerated() {
            guard let batch = lane.batch, lane.leader == link.address, !lane.isAsked else { continue }
            guard !identity.isTransactional || lane.registered == transaction else { continue }
            guard lane.notBefore <= now else {
                deadline = min(deadline, lane.notBefore)
                continue
            }
            guard size == 0 || size + batch.byteCount <= Self.maximumRequestByteCount else { break }
            size += batch.byteCount
            wanted.append(index)
        }
        guard !wanted.isEmpty else { return }
        guard Failpoint.kafkaBeforeSend.passes() else { return link.fail("made to fail", now) }
        send(wanted, link, version, identity, now)
    }

    private func send(
        _ wanted: [Int], _ link: BrokerLink, _ version: Int16, _ identity: ProducerIdentity, _ now: UInt64
    ) {
        var head = WireWriter()
        head.text(identity.transactionalID)
        head.integer(Int16(-1))  // acknowledged by all replicas in sync
        head.integer(settings.requestTimeoutMilliseconds)
        head.count(wanted.count)
        var parts: [(bytes: UnsafeRawBufferPointer, owner: AnyObject)] = []
        for (place, index) in wanted.enumerated() {
            guard let batch = lanes[index].batch else { continue }
            var writer = WireWriter()
            // Partitions of a topic need not stand together.
            writer.text(lanes[index].partition.topic)
            writer.count(1)
            writer.integer(lanes[index].partition.index)
            writer.integer(Int32(batch.byteCount))
            if place == 0 {
                head.append(writer)
            } else {
                let part = WireBytes(writer.bytes)
                parts.append((part.bytes, part))
            }
            parts.append((batch.bytes, batch))
            lanes[index].isAsked = true
        }
        asked[link.address] = wanted
        link.send(
            .produce, version: version, head, parts: parts, now: now,
            timeout: settings.answerNanoseconds)
        if link.trouble != nil { abandon(link, now) }
    }

    private func wait(until deadline: UInt64, _ now: UInt64) {
        let waiting = Array(links.values)
        let all = waiting + (coordination.link.map { [$0] } ?? [])
        let until = waiting.reduce(deadline) { links, link in
            // A link without work need not connect again.
            let hasWork = link.isAwaiting || lanes.contains { $0.leader == link.address && $0.batch != nil }
            return hasWork ? min(links, link.deadline(now)) : links
        }
        let events = waker.wait(for: all, until: until)
        let now = monotonicNanoseconds()
        for (link, events) in zip(waiting, events) {
            let wasAwaiting = link.isAwaiting
            if let answer = link.serve(events, now) { take(answer, link, now) }
            if wasAwaiting, link.trouble != nil { abandon(link, now) }
        }
        if let link = coordination.link, let events = events.last, all.count > waiting.count {
            serveCoordinator(link, events, now)
        }
        if now >= nextObservation {
            nextObservation = now + settings.observationNanoseconds
            observe(statistics())
        }
    }

    /// The link's broker is away: its batches go again, to whoever leads by then.
    private func abandon(_ link: BrokerLink, _ now: UInt64) {
        let lost = asked.removeValue(forKey: link.address) ?? []
        if !lost.isEmpty { desk.state.withLock { $0.disconnects += 1 } }
        for index in lost { retry(index, now) }
    }

    private func retry(_ index: Int, _ now: UInt64) {
        lanes[index].isAsked = false
        lanes[index].leader = nil
        lanes[index].notBefore = now + Self.pause
    }

    // MARK: Answers

    private func take(_ answer: BrokerLink.Answer, _ link: BrokerLink, _ now: UInt64) {
        let wanted = asked.removeValue(forKey: link.address) ?? []
        do throws(WireReader.Damaged) {
            try withExtendedLifetime(answer) { () throws(WireReader.Damaged) in try read(answer, link, now) }
        } catch {
            link.fail("\(link.address): an answer to Produce that is not one", now)
        }
        // What the answer does not speak of was not written for all that is known.
        for index in wanted where lanes[index].isAsked { retry(index, now) }
    }

    private func read(_ answer: BrokerLink.Answer, _ link: BrokerLink, _ now: UInt64) throws(WireReader.Damaged) {
        var reader = answer.reader
        for _ in 0..<(try reader.count()) {
            let topic = try reader.text()
            for _ in 0..<(try reader.count()) {
                let index: Int32 = try reader.integer()
                let code: Int16 = try reader.integer()
                try reader.skip(16)  // base offset, log append time
                if answer.version >= 5 { try reader.skip(8) }
                if answer.version >= 8 {
                    for _ in 0..<(try reader.count()) {
                        try reader.skip(4)
                        _ = try reader.optionalText()
                    }
                    _ = try reader.optionalText()
                }
                if let lane = indexes[RowSender.Partition(topic: topic, index: index)] { took(lane, Int32(code), now) }
            }
        }
        link.throttle(milliseconds: try reader.integer(), now)
    }

    private func took(_ index: Int, _ code: Int32, _ now: UInt64) {
        guard lanes[index].isAsked else { return }
        switch rd_kafka_resp_err_t(code) {
        case RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR_DUPLICATE_SEQUENCE_NUMBER:
            Failpoint.kafkaAfterAcknowledgement.hit()
            settle(index)
        case RD_KAFKA_RESP_ERR_INVALID_MSG, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
            RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
            RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION,
            RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
            RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND, RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR,
            RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS, RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE:
            retry(index, now)
        default:
            fail(code)
        }
    }

    private func statistics() -> ClientStatistics {
        var statistics = ClientStatistics(client: "")
        (statistics.queuedCount, statistics.queuedByteCount) = desk.state.withLock { ($0.recordCount, $0.byteCount) }
        statistics.partitions = lanes.filter { $0.sent.records > 0 }.map {
            .init(
                id: SplitID(topic: $0.partition.topic, partition: $0.partition.index), sentCount: $0.sent.records,
                sentByteCount: $0.sent.bytes)
        }
        statistics.partitions.sort { $0.id < $1.id }
        statistics.servers = links.values.map { $0.takeStatistics() }.sorted { $0.address < $1.address }
        return statistics
    }

    /// Whether no batch is on its way.
    var isQuiet: Bool { asked.isEmpty }

    /// Nothing is left of the transaction; the producer's numbers are no longer known.
    func finishAbort() {
        for index in lanes.indices {
            lanes[index].registered = nil
            if let batch = lanes[index].batch {
                lanes[index].batch = nil
                lanes[index].isAsked = false
                desk.state.withLock { $0.settle(batch) }
            }
        }
        desk.state.withLock { state in
            state.drop()
            state.identity = nil
            state.isAborting = false
        }
        desk.idle.wake()
    }
}
