internal import CKafka
internal import Dataflow

/// What the thread of a `Fetcher` does: finds leaders, asks them, hands out what they answer.
final class FetchLoop {
    /// A partition as it is fetched.
    struct Split {
        let id: SplitID
        let queue: FetchedQueue
        /// Where the next request begins.
        var offset: Int64
        var leader: BrokerAddress?
        /// Not asked for before this time: its leader has just refused, or is not known.
        var notBefore: UInt64 = 0
        /// The end that was told last.
        var toldEnd: Int64 = -1
        /// Reading it cannot go on.
        var hasFailed = false
        /// Since when its topic or partition is not to be found; nil while it is.
        var missingSince: UInt64?
    }

    /// How often leaders are looked for while one is missing.
    static let leaderPause: UInt64 = 100_000_000
    private static let leaderTimeoutMilliseconds: Int32 = 1000
    /// How long a topic may be gone, as after a broker's restart, before its reader is told.
    private static let missingPatience: UInt64 = 5_000_000_000

    let settings: FetchSettings
    private let client: ClientHandle
    private let pool: FramePool
    private let waker: Waker
    private let observe: @Sendable (ClientStatistics) -> Void
    private(set) var splits: [Split] = []
    private var indexes: [SplitID: Int] = [:]
    private var links: [BrokerAddress: BrokerLink] = [:]
    /// What each link was asked for, in the request's order.
    private var asked: [BrokerAddress: [Int]] = [:]
    /// Where the next request's partitions begin, so that each of them comes first in its turn.
    private var turn = 0
    private var nextLook: UInt64 = 0
    private var nextObservation: UInt64

    init(
        client: ClientHandle, settings: FetchSettings, pool: FramePool, waker: Waker,
        observe: @escaping @Sendable (ClientStatistics) -> Void
    ) {
        self.client = client
        self.settings = settings
        self.pool = pool
        self.waker = waker
        self.observe = observe
        nextObservation = monotonicNanoseconds() + settings.observationNanoseconds
    }

    /// - Parameter take: what was added; nil to end.
    func run(_ take: () -> [FetchedSplit]?) {
        while let added = take() {
            for split in added {
                indexes[split.id] = splits.count
                splits.append(Split(id: split.id, queue: split.queue, offset: split.offset))
            }
            findLeaders()
            let now = monotonicNanoseconds()
            var deadline = nextObservation
            for link in links.values {
                link.prepare(now)
                if link.isReady(now) { ask(link, now, &deadline) }
                deadline = min(deadline, link.deadline(now))
            }
            if splits.contains(where: { $0.leader == nil && !$0.hasFailed }) { deadline = min(deadline, nextLook) }
            let waiting = Array(links.values)
            let events = waker.wait(for: waiting, until: deadline)
            serve(waiting, events)
        }
    }

    private func serve(_ waiting: [BrokerLink], _ events: [Int16]) {
        let now = monotonicNanoseconds()
        for (link, events) in zip(waiting, events) {
            let wasAwaiting = link.isAwaiting
            if let answer = link.serve(events, now) { take(answer, from: link, now) }
            // Another broker may lead by now.
            if wasAwaiting, link.trouble != nil { abandon(link, now) }
        }
        if now >= nextObservation {
            nextObservation = now + settings.observationNanoseconds
            observe(statistics())
        }
    }

    private func statistics() -> ClientStatistics {
        var statistics = ClientStatistics(client: "")
        for split in splits {
            let held = split.queue.held
            statistics.fetchedCount += held.recordCount
            statistics.fetchedByteCount += held.byteCount
        }
        statistics.servers = links.values.map { $0.takeStatistics() }.sorted { $0.address < $1.address }
        return statistics
    }

    /// The link's broker is away: its partitions' leaders are looked for anew.
    private func abandon(_ link: BrokerLink, _ now: UInt64) {
        asked[link.address] = nil
        for index in splits.indices where splits[index].leader == link.address {
            splits[index].leader = nil
            splits[index].notBefore = now + BrokerLink.leastPause
        }
    }

    // MARK: Leaders

    private func findLeaders() {
        let now = monotonicNanoseconds()
        guard now >= nextLook else { return }
        // A link that cannot connect may stand for a broker that has been replaced.
        for index in splits.indices {
            guard let leader = splits[index].leader, let link = links[leader], link.trouble != nil else { continue }
            splits[index].leader = nil
        }
        let topics = Set(splits.lazy.filter { $0.leader == nil && !$0.hasFailed }.map(\.id.topic))
        guard !topics.isEmpty else { return }
        for topic in topics.sorted() { findLeaders(topic) }
        nextLook = monotonicNanoseconds() + Self.leaderPause
    }

    private func findLeaders(_ topic: String) {
        do throws(KafkaConnectorError) {
            let leaders = try client.leaders(topic, timeoutMilliseconds: Self.leaderTimeoutMilliseconds)
            for index in splits.indices where splits[index].id.topic == topic && splits[index].leader == nil {
                guard let leader = leaders[splits[index].id.partition] else {
                    miss(index, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART.rawValue)
                    continue
                }
                splits[index].leader = leader
                if let leader {
                    splits[index].missingSince = nil
                    if links[leader] == nil {
                        links[leader] = BrokerLink(leader, clientID: settings.clientID, pool: pool)
                    }
                }
            }
        } catch {
            guard error.code == .topicMissing || error.code == .unauthorized else { return }
            let code =
                error.code == .unauthorized
                ? RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART
            for index in splits.indices where splits[index].id.topic == topic { miss(index, code.rawValue) }
        }
    }

    /// A partition is not to be found; its reader is told when that does not pass.
    private func miss(_ index: Int, _ code: Int32) {
        let now = monotonicNanoseconds()
        guard let since = splits[index].missingSince else {
            splits[index].missingSince = now
            return
        }
        guard now - since > Self.missingPatience, !splits[index].hasFailed else { return }
        fail(index, code)
    }

    private func fail(_ index: Int, _ code: Int32) {
        splits[index].hasFailed = true
        splits[index].queue.push(.failure(code: code))
    }

    // MARK: Requests

    /// Asks a broker for what it leads and there is room for.
    private func ask(_ link: BrokerLink, _ now: UInt64, _ deadline: inout UInt64) {
        guard let version = link.version(of: .fetch) else {
            for index in splits.indices where splits[index].leader == link.address && !splits[index].hasFailed {
                fail(index, RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE.rawValue)
            }
            return
        }
        var wanted: [Int] = []
        var leavesOut = false
        for step in splits.indices {
            let index = (turn + step) % splits.count
            let split = splits[index]
            guard split.leader == link.address, !split.hasFailed else { continue }
            if split.notBefore > now {
                deadline = min(deadline, split.notBefore)
                leavesOut = true
            } else if split.queue.hasRoom() {
                wanted.append(index)
            } else {
                leavesOut = true
            }
        }
        turn = splits.isEmpty ? 0 : (turn + 1) % splits.count
        guard !wanted.isEmpty else { return }
        // Who is left out for lack of room must not wait with those that have nothing.
        let wait = leavesOut ? min(settings.maximumWaitMilliseconds, 5) : settings.maximumWaitMilliseconds
        asked[link.address] = wanted
        link.send(
            .fetch, version: version, request(wanted, version, wait), now: now,
            timeout: UInt64(wait + settings.requestTimeoutMilliseconds) * 1_000_000)
    }

    private func request(_ wanted: [Int], _ version: Int16, _ waitMilliseconds: Int32) -> WireWriter {
        var writer = WireWriter()
        writer.integer(Int32(-1))  // a client, no replica
        writer.integer(waitMilliseconds)
        writer.integer(settings.minimumByteCount)
        writer.integer(settings.answerByteCount)
        writer.integer(Int8(settings.readsCommittedOnly ? 1 : 0))
        if version >= 7 {
            writer.integer(Int32(0))  // no session
            writer.integer(Int32(-1))
        }
        // Partitions of a topic need not stand together.
        writer.count(wanted.count)
        for index in wanted {
            let split = splits[index]
            writer.text(split.id.topic)
            writer.count(1)
            writer.integer(split.id.partition)
            if version >= 9 { writer.integer(Int32(-1)) }  // the leader's epoch is not checked
            writer.integer(split.offset)
            if version >= 5 { writer.integer(Int64(-1)) }  // no log of our own
            writer.integer(settings.partitionByteCount)
        }
        if version >= 7 { writer.count(0) }
        if version >= 11 { writer.text("") }
        return writer
    }

    // MARK: Answers

    private func take(_ answer: BrokerLink.Answer, from link: BrokerLink, _ now: UInt64) {
        asked[link.address] = nil
        do throws(WireReader.Damaged) {
            try withExtendedLifetime(answer) { () throws(WireReader.Damaged) in try read(answer, link, now) }
        } catch {
            link.fail("\(link.address): an answer to Fetch that is not one", now)
            abandon(link, now)
        }
    }

    private func read(_ answer: BrokerLink.Answer, _ link: BrokerLink, _ now: UInt64) throws(WireReader.Damaged) {
        var reader = answer.reader
        try FetchedAnswer.read(
            &reader, version: answer.version, throttle: { link.throttle(milliseconds: $0, now) },
            { take($0, answer.frame, now) })
    }

    private func take(_ part: FetchedAnswer, _ frame: FrameBuffer, _ now: UInt64) {
        guard let index = indexes[part.split], !splits[index].hasFailed else { return }
        guard part.code == 0 else { return refused(index, part.code, now) }
        splits[index].missingSince = nil
        handOut(index, frame, part.batches, part.aborted)
        let end = settings.readsCommittedOnly && part.lastStableOffset >= 0 ? part.lastStableOffset : part.highWatermark
        if splits[index].offset >= end, splits[index].toldEnd != splits[index].offset {
            splits[index].toldEnd = splits[index].offset
            splits[index].queue.push(.end(offset: splits[index].offset))
        }
    }

    /// Puts the whole batches of an answer into their partition's queue and moves on behind them.
    private func handOut(
        _ index: Int, _ frame: FrameBuffer, _ range: Range<Int>, _ aborted: [FetchedQueue.AbortedTransaction]
    ) {
        guard !range.isEmpty else { return }
        // A first batch is always whole: less than one is no log.
        guard let (segment, next) = FetchedQueue.Segment.wholeBatches(of: frame, range, aborted) else {
            return fail(index, RD_KAFKA_RESP_ERR__BAD_MSG.rawValue)
        }
        splits[index].offset = max(splits[index].offset, next)
        splits[index].queue.push(.segment(segment))
    }

    private func refused(_ index: Int, _ code: Int32, _ now: UInt64) {
        switch rd_kafka_resp_err_t(code) {
        case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH,
            RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH, RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR,
            RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
            splits[index].leader = nil
            splits[index].notBefore = now + Self.leaderPause
        case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
            splits[index].leader = nil
            splits[index].notBefore = now + Self.leaderPause
            miss(index, code)
        default:
            fail(index, code)
        }
    }
}
