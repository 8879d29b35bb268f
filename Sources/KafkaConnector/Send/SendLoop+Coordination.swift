internal import CKafka
internal import Failpoints
internal import Synchronization

/// What a sender tells the transaction's coordinator itself: which partitions have rows of it, and that it is given up.
struct Coordination {
    enum Question {
        case findCoordinator
        case register([Int], transaction: Int)
        case giveUp
    }

    var link: BrokerLink?
    /// The link leads to the coordinator, not to whoever may know it.
    var isFound = false
    var question: Question?
    var notBefore: UInt64 = 0
    /// Counts searches: another broker is asked each time.
    var searches = 0

    func deadline(_ now: UInt64) -> UInt64 {
        let linkDeadline = link?.deadline(now) ?? .max
        return notBefore > now ? min(notBefore, linkDeadline) : linkDeadline
    }
}

extension SendLoop {
    private static let brokersTimeoutMilliseconds: Int32 = 1000
    /// While the transaction before is still being ended.
    private static let shortPause: UInt64 = 5_000_000

    /// Makes the transaction know of the partitions that have batches to be sent.
    func register(_ identity: ProducerIdentity, _ transaction: Int, _ now: UInt64) {
        guard let id = identity.transactionalID else { return }
        let wanted = lanes.indices.filter { lanes[$0].batch != nil && lanes[$0].registered != transaction }
        guard !wanted.isEmpty, coordination.question == nil, let link = coordinator(id, now) else { return }
        guard let version = link.version(of: .addPartitionsToTransaction) else {
            return fail(RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE.rawValue)
        }
        guard Failpoint.kafkaBeforeRegister.passes() else {
            link.fail("made to fail", now)
            return loseCoordinator(now)
        }
        var writer = WireWriter()
        writer.text(id)
        writer.integer(identity.id)
        writer.integer(identity.epoch)
        writer.count(wanted.count)
        for index in wanted {
            writer.text(lanes[index].partition.topic)
            writer.count(1)
            writer.integer(lanes[index].partition.index)
        }
        coordination.question = .register(wanted, transaction: transaction)
        link.send(.addPartitionsToTransaction, version: version, writer, now: now, timeout: settings.answerNanoseconds)
        if link.trouble != nil { loseCoordinator(now) }
    }

    /// Gives up the transaction once no batch is on its way.
    func abort(_ identity: ProducerIdentity, _ transaction: Int, _ now: UInt64) {
        guard isQuiet else { return }
        guard let id = identity.transactionalID, lanes.contains(where: { $0.registered == transaction }) else {
            return finishAbort()
        }
        guard coordination.question == nil, let link = coordinator(id, now) else { return }
        guard let version = link.version(of: .endTransaction) else { return finishAbort() }
        var writer = WireWriter()
        writer.text(id)
        writer.integer(identity.id)
        writer.integer(identity.epoch)
        writer.integer(Int8(0))
        coordination.question = .giveUp
        link.send(.endTransaction, version: version, writer, now: now, timeout: settings.answerNanoseconds)
        if link.trouble != nil { loseCoordinator(now) }
    }

    /// A link to the coordinator that may be asked something now; finds it where it is not known.
    private func coordinator(_ id: String, _ now: UInt64) -> BrokerLink? {
        guard now >= coordination.notBefore else { return nil }
        if let link = coordination.link {
            link.prepare(now)
            if link.trouble != nil {
                loseCoordinator(now)
                return nil
            }
            guard link.isReady(now) else { return nil }
            if coordination.isFound { return link }
            find(id, link, now)
            return nil
        }
        let brokers = (try? client.brokers(timeoutMilliseconds: Self.brokersTimeoutMilliseconds)) ?? []
        guard !brokers.isEmpty else {
            coordination.notBefore = monotonicNanoseconds() + Self.pause
            return nil
        }
        coordination.searches += 1
        let link = BrokerLink(
            brokers[coordination.searches % brokers.count], clientID: settings.clientID, pool: pool)
        coordination.link = link
        link.prepare(now)
        return nil
    }

    private func find(_ id: String, _ link: BrokerLink, _ now: UInt64) {
        guard let version = link.version(of: .findCoordinator) else {
            return fail(RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE.rawValue)
        }
        var writer = WireWriter()
        writer.text(id)
        writer.integer(Int8(1))  // of a transaction
        coordination.question = .findCoordinator
        link.send(.findCoordinator, version: version, writer, now: now, timeout: settings.answerNanoseconds)
    }

    private func loseCoordinator(_ now: UInt64) {
        if case .register = coordination.question { desk.state.withLock { $0.disconnects += 1 } }
        coordination.question = nil
        coordination.link = nil
        coordination.isFound = false
        coordination.notBefore = now + Self.pause / 4
    }

    func serveCoordinator(_ link: BrokerLink, _ events: Int16, _ now: UInt64) {
        if let answer = link.serve(events, now) {
            let question = coordination.question
            coordination.question = nil
            do throws(WireReader.Damaged) {
                try withExtendedLifetime(answer) { () throws(WireReader.Damaged) in
                    try take(answer, to: question, now)
                }
            } catch {
                loseCoordinator(now)
            }
        }
        if link === coordination.link, link.trouble != nil { loseCoordinator(now) }
    }

    private func take(
        _ answer: BrokerLink.Answer, to question: Coordination.Question?, _ now: UInt64
    ) throws(WireReader.Damaged) {
        var reader = answer.reader
        try reader.skip(4)  // a pause that a quota asks for; the next request is rare enough
        switch question {
        case .findCoordinator: try found(&reader, now)
        case .register(let wanted, let transaction):
            // An answer that got lost on its way.
            guard Failpoint.kafkaAfterRegister.passes() else { throw .init() }
            try registered(&reader, wanted, transaction, now)
        case .giveUp:
            let code = Int32(try reader.integer(Int16.self))
            if Self.passes(code) { return findAgain(code, now) }
            finishAbort()
        case nil: throw .init()
        }
    }

    private func found(_ reader: inout WireReader, _ now: UInt64) throws(WireReader.Damaged) {
        let code = Int32(try reader.integer(Int16.self))
        _ = try reader.optionalText()
        try reader.skip(4)
        let address = BrokerAddress(host: try reader.text(), port: try reader.integer())
        guard code == 0 else {
            if !Self.passes(code) { fail(code) }
            return findAgain(RD_KAFKA_RESP_ERR_NOT_COORDINATOR.rawValue, now)
        }
        coordination.isFound = true
        guard coordination.link?.address != address else { return }
        coordination.link = BrokerLink(address, clientID: settings.clientID, pool: pool)
        coordination.link?.prepare(now)
    }

    private func registered(
        _ reader: inout WireReader, _ wanted: [Int], _ transaction: Int, _ now: UInt64
    ) throws(WireReader.Damaged) {
        var codes: [RowSender.Partition: Int32] = [:]
        for _ in 0..<(try reader.count()) {
            let topic = try reader.text()
            for _ in 0..<(try reader.count()) {
                let index: Int32 = try reader.integer()
                codes[RowSender.Partition(topic: topic, index: index)] = Int32(try reader.integer(Int16.self))
            }
        }
        for index in wanted {
            guard let code = codes[lanes[index].partition] else { throw .init() }
            if code == 0 {
                lanes[index].registered = transaction
            } else if code == RD_KAFKA_RESP_ERR_OPERATION_NOT_ATTEMPTED.rawValue {
                // Another one of the request was refused.
                continue
            } else if Self.passes(code) {
                findAgain(code, now)
            } else {
                fail(code)
            }
        }
    }

    /// Whether a coordinator's refusal passes by itself.
    private static func passes(_ code: Int32) -> Bool {
        switch rd_kafka_resp_err_t(code) {
        case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS,
            RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
            RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
            true
        default: false
        }
    }

    private func findAgain(_ code: Int32, _ now: UInt64) {
        switch rd_kafka_resp_err_t(code) {
        case RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS:
            coordination.notBefore = now + Self.shortPause
        case RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
            coordination.link = nil
            coordination.isFound = false
            coordination.notBefore = now + Self.pause
        default:
            coordination.notBefore = now + Self.pause
        }
    }
}
