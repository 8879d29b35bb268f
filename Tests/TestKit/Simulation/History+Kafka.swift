internal import Dataflow
internal import Execution

/// The Kafka side of an instance: what the service's participant does with its producer and its group member.
extension History {
    /// How a request went over the wire.
    enum Delivery {
        case lost
        case delivered
        /// It was carried out, and the answer was lost.
        case unanswered
    }

    static let maximumAttempts: Int32 = 12

    /// Instances of one job share a transactional id and a place in the group, or have their own.
    func producerIndex(_ i: Int) -> Int { variant == .kafkaGroup ? i : 0 }

    private mutating func deliver(_ i: Int) -> Delivery {
        if !isReachable(i, 0) || strikes(.requestLost) {
            coverage.add(.requestsLost)
            return .lost
        }
        if strikes(.replyLost) {
            coverage.add(.repliesLost)
            return .unanswered
        }
        return .delivered
    }

    /// Repeats a request as the client does, until its patience is over.
    private mutating func again(_ i: Int, _ delay: Int32 = 12) -> Progress? {
        instances[i].kafka.attempts += 1
        if instances[i].kafka.attempts > Self.maximumAttempts {
            instances[i].kafka.attempts = 0
            return nil
        }
        return .again(random.within(delay / 2...delay * 2))
    }

    // MARK: Group

    /// What the member's own thread does: heartbeats, and what the group answers.
    mutating func poll(_ i: Int) {
        let client = instances[i].kafka
        guard client.memberID >= 0 else { return }
        if let until = client.revokedUntil, now >= until {
            coverage.add(.budgetsSpent)
            note("instance \(i) has no more time to give up its input")
            kafka.group.rejoin(client.memberID, now)
            if followsTheGroup {
                instances[i].kafka.revokedUntil = nil
                instances[i].news.append(.budgetSpent)
            } else {
                loseMembership(i, .budgetSpent)
            }
            return
        }
        guard isReachable(i, 0) else { return }
        let key = producerIndex(i)
        switch kafka.group.heartbeat(key, client.memberID, now) {
        case .assigned(let generation):
            if mutant == .commitOnLost || mutant == .giveUpBeforeCommit || followsTheGroup {
                instances[i].kafka.generation = generation
            }
        case .idle:
            if client.generation < 0 { return }
            if mutant == .giveUpBeforeCommit || mutant == .commitOnLost || followsTheGroup {
                instances[i].kafka.generation = kafka.group.generation
            } else if client.revokedUntil == nil {
                coverage.add(.assignmentsLost)
                loseMembership(i, .lost)
            }
        case .rebalancing:
            if client.generation < 0 {
                kafka.group.rejoin(client.memberID, now)
            } else if mutant == .giveUpBeforeCommit {
                kafka.group.rejoin(client.memberID, now)
                coverage.add(.revocations)
            } else if client.revokedUntil == nil {
                coverage.add(.revocations)
                instances[i].kafka.revokedUntil = now + 150
                instances[i].news.append(.revoked)
                note("instance \(i) is asked to give up its input")
            }
        case .fenced where mutant != .commitOnLost:
            coverage.add(.assignmentsLost)
            note("another instance has taken the place of instance \(i) in the group")
            loseMembership(i, .replaced)
        case .fenced, .unknown:
            coverage.add(.assignmentsLost)
            note("instance \(i) has lost its place in the group")
            if mutant == .commitOnLost {
                // The client joins anew by itself, and the job does not hear of it.
                instances[i].kafka.memberID = kafka.group.join(key, now)
                instances[i].kafka.generation = kafka.group.generation
                return
            }
            loseMembership(i, .lost)
        }
    }

    /// Whether a mutant's client does not look whether its membership still is the one of its fence.
    private var followsTheGroup: Bool {
        #if FAILPOINTS
            mutant == .budgetIgnored
        #else
            false
        #endif
    }

    private mutating func loseMembership(_ i: Int, _ news: MembershipNews) {
        instances[i].kafka.memberID = -1
        instances[i].kafka.generation = -1
        instances[i].kafka.revokedUntil = nil
        instances[i].kafka.isReplaced = news == .replaced
        instances[i].news.append(news)
    }

    // MARK: Fence

    mutating func fenceKafka(_ i: Int) -> Progress {
        let early = mutant == .readBeforeFence
        switch instances[i].step {
        case 0 where early && instances[i].kafka.earlyRead == nil:
            guard case .delivered = deliver(i) else { return again(i) ?? .failed(isRetriable: true) }
            instances[i].kafka.earlyRead = committedOffsets()
            return .again(random.within(5...40))
        case 0:
            return initializeProducer(i)
        case 1:
            guard case .delivered = deliver(i) else { return again(i) ?? .failed(isRetriable: true) }
            instances[i].kafka.memberID = kafka.group.join(producerIndex(i), now)
            instances[i].step = 2
            return .again(random.within(1...10))
        case 2:
            return awaitAssignment(i)
        default:
            guard case .delivered = deliver(i) else { return again(i) ?? .failed(isRetriable: true) }
            if instances[i].kafka.memberID < 0 { return ended(i) }
            if let read = instances[i].kafka.earlyRead {
                instances[i].kafka.earlyRead = nil
                return .event(.fenced(participant: Self.kafkaID, read))
            }
            if kafka.hasPendingOffsets && mutant != .unstableRead {
                // Waits for whoever still has offsets in an open transaction; the member stays alive meanwhile.
                coverage.add(.concurrentTransactions)
                poll(i)
                return .again(random.within(5...20))
            }
            instances[i].kafka.attempts = 0
            return .event(.fenced(participant: Self.kafkaID, committedOffsets()))
        }
    }

    private func committedOffsets() -> FencedState {
        guard let offsets = kafka.offsets else { return .empty }
        if offsets.isForeign { return .foreign("the group's offsets were not written by this job") }
        return .committed(
            CommittedEpoch(
                lineage: offsets.lineage, epoch: offsets.epoch, manifestDigestPrefix: offsets.digest,
                offsets: [Self.split0: Int64(offsets.next0), Self.split1: Int64(offsets.next1)]))
    }

    private mutating func initializeProducer(_ i: Int) -> Progress {
        let index = producerIndex(i)
        if mutant == .skipFence && index < kafka.producers.count && kafka.producers[index].epoch > 0 {
            instances[i].kafka.producerEpoch = kafka.producers[index].epoch
            instances[i].kafka.sequence = kafka.producers[index].nextSequence
            instances[i].step = 1
            return .again(1)
        }
        let delivery = deliver(i)
        if case .lost = delivery { return again(i) ?? .failed(isRetriable: true) }
        switch kafka.initialize(index, now) {
        case .done:
            if case .unanswered = delivery { return again(i) ?? .failed(isRetriable: true) }
            instances[i].kafka.producerEpoch = kafka.producers[index].epoch
            instances[i].kafka.sequence = 0
            instances[i].kafka.sending = nil
            instances[i].kafka.attempts = 0
            instances[i].kafka.transactionStart = now
            instances[i].step = 1
            note("instance \(i) holds producer \(index) at epoch \(kafka.producers[index].epoch)")
            return .again(random.within(1...10))
        default:
            coverage.add(.concurrentTransactions)
            return .again(random.within(5...20))
        }
    }

    /// Nothing is read before the group has assigned the input, so that nobody else can still commit.
    private mutating func awaitAssignment(_ i: Int) -> Progress {
        let id = instances[i].kafka.memberID
        guard id >= 0 else { return ended(i) }
        guard isReachable(i, 0) else { return again(i) ?? .failed(isRetriable: true) }
        switch kafka.group.heartbeat(producerIndex(i), id, now) {
        case .assigned(let generation):
            instances[i].kafka.generation = generation
            instances[i].kafka.attempts = 0
            instances[i].step = 3
            return .again(random.within(1...6))
        case .idle:
            if isFinished && variant == .kafkaGroup {
                // The job has ended in another instance; this one only waited.
                end(i)
            }
            return .again(random.within(20...60))
        case .rebalancing:
            kafka.group.rejoin(id, now)
            return .again(random.within(2...10))
        case .fenced:
            instances[i].wasFenced = true
            return .failed(isRetriable: false)
        case .unknown:
            return .failed(isRetriable: true)
        }
    }

    /// A member whose place in the group is gone before it has begun.
    private mutating func ended(_ i: Int) -> Progress {
        instances[i].wasFenced = instances[i].kafka.isReplaced
        return .failed(isRetriable: !instances[i].wasFenced)
    }

    // MARK: Rows

    /// Gives rows to the cluster while the epoch is being processed.
    mutating func produceAhead(_ i: Int) {
        _ = produce(i, upTo: instances[i].state)
    }

    /// - Returns: nil when everything is there.
    private mutating func produce(_ i: Int, upTo state: JobState) -> Progress? {
        let client = instances[i].kafka
        guard client.producerEpoch >= 0 else { return .failed(isRetriable: true) }
        let target = client.sending ?? state
        let rows = OutputRows(from: client.produced, to: target)
        if rows.isEmpty { return nil }
        instances[i].kafka.sending = target
        let index = producerIndex(i)
        let delivery = deliver(i)
        if case .lost = delivery {
            if strikes(.produceDelayed) {
                coverage.add(.producesDelayed)
                lateRequests.append(
                    LateRequest(
                        at: now + random.within(5...300),
                        content: .produce(
                            producer: index, epoch: client.producerEpoch, sequence: client.sequence, rows)))
            }
            return again(i) ?? .failed(isRetriable: true)
        }
        switch kafka.produce(index, epoch: client.producerEpoch, sequence: client.sequence, rows, isLate: false, now) {
        case .done:
            // Without an answer the client sends the same batch again, which the broker recognises.
            if case .unanswered = delivery { return again(i) ?? .failed(isRetriable: true) }
            instances[i].kafka.attempts = 0
            instances[i].kafka.sequence += 1
            instances[i].kafka.produced = target
            instances[i].kafka.sending = nil
            return target == state ? nil : .again(1)
        case .fenced: return fenced(i)
        case .concurrent: return .again(random.within(5...20))
        default: return .failed(isRetriable: true)
        }
    }

    /// The cluster ends a transaction that is too old in the same words as one that a newer instance has ended.
    private mutating func fenced(_ i: Int) -> Progress {
        let isOld = now - instances[i].kafka.transactionStart >= kafka.timeout
        instances[i].wasFenced = !isOld
        coverage.add(.fenced)
        return .failed(isRetriable: isOld)
    }

    mutating func prepareKafka(_ i: Int) -> Progress {
        produce(i, upTo: instances[i].captured) ?? .event(.prepared(participant: Self.kafkaID))
    }

    // MARK: Commit

    mutating func commitKafka(_ i: Int) -> Progress {
        // A step of 100 and more: a mutant has committed the followers before.
        let base = instances[i].step >= 100 ? 100 : 0
        switch instances[i].step - base {
        case 0:
            instances[i].kafka.end = TransactionEnd()
            instances[i].kafka.attempts = 0
            instances[i].step += 1
            return .again(1)
        case 1: return sendOffsets(i)
        case 2: return endTransaction(i)
        default: return beginNext(i)
        }
    }

    private mutating func sendOffsets(_ i: Int) -> Progress {
        if mutant == .omitOffsets {
            instances[i].step += 1
            return .again(1)
        }
        let client = instances[i].kafka
        guard let record = instances[i].record else { return failedCommit(i, isFenced: false) }
        guard client.memberID >= 0 else {
            note("instance \(i) does not commit: its input is gone")
            return failedCommit(i, isFenced: client.isReplaced)
        }
        let delivery = deliver(i)
        if case .lost = delivery { return again(i) ?? failedCommit(i, isFenced: false) }
        let captured = instances[i].captured
        let offsets = SimulatedKafka.Offsets(
            lineage: record.lineage, epoch: record.epoch, digest: record.digest, next0: captured.next0,
            next1: captured.next1)
        let member: (id: Int32, generation: Int32)? =
            mutant == .ghostMember ? nil : (client.memberID, client.generation)
        switch kafka.add(producerIndex(i), epoch: client.producerEpoch, offsets, member: member, now) {
        case .done:
            if case .unanswered = delivery { return again(i) ?? failedCommit(i, isFenced: false) }
            instances[i].kafka.attempts = 0
            instances[i].step += 1
            return .again(random.within(1...6))
        case .concurrent: return .again(random.within(5...20))
        case .fenced: return failedCommit(i, isFenced: true)
        default:
            note("instance \(i): the group refuses its offsets")
            return failedCommit(i, isFenced: false)
        }
    }

    private mutating func endTransaction(_ i: Int) -> Progress {
        let client = instances[i].kafka
        let index = producerIndex(i)
        instances[i].kafka.end.sentCount += 1
        switch deliver(i) {
        case .lost:
            instances[i].kafka.end.unansweredCount += 1
            instances[i].kafka.end.disconnectCount += 1
            sendLate(index, client.producerEpoch, commit: true)
            return again(i) ?? failedCommit(i, isFenced: false)
        case .unanswered:
            instances[i].kafka.end.unansweredCount += 1
            instances[i].kafka.end.disconnectCount += 1
            let answer = kafka.end(index, epoch: client.producerEpoch, commit: true, now)
            note("instance \(i): end of transaction: \(answer), unheard")
            return again(i) ?? failedCommit(i, isFenced: false)
        case .delivered:
            let answer = kafka.end(index, epoch: client.producerEpoch, commit: true, now)
            note("instance \(i): end of transaction: \(answer)")
            switch answer {
            case .done:
                instances[i].kafka.attempts = 0
                instances[i].step += 1
                return .again(1)
            // The markers are being written: asked again, it says when they are.
            case .concurrent:
                instances[i].kafka.end.sentCount -= 1
                return .again(random.within(5...20))
            case .fenced: return failedCommit(i, isFenced: true)
            default: return failedCommit(i, isFenced: false)
            }
        }
    }

    private mutating func sendLate(_ producer: Int, _ epoch: Int32, commit: Bool) {
        guard strikes(.endDelayed) else { return }
        coverage.add(.endsDelayed)
        lateRequests.append(
            LateRequest(
                at: now + random.within(5...400), content: .end(producer: producer, epoch: epoch, commit: commit)))
    }

    private mutating func failedCommit(_ i: Int, isFenced: Bool) -> Progress {
        let isOld = now - instances[i].kafka.transactionStart >= kafka.timeout
        let outcome = instances[i].kafka.end.outcome(isFenced: isFenced && !isOld)
        switch outcome {
        case .inDoubt: coverage.add(.inDoubt)
        case .fenced: coverage.add(.fenced)
        case .aborted: break
        }
        note("instance \(i): commit \(outcome)")
        if mutant == .inDoubtIsAborted && outcome == .inDoubt { instances[i].assumed = true }
        return .event(.commitFailed(participant: Self.kafkaID, outcome))
    }

    /// Opens the next transaction. The epoch is committed whatever happens here.
    private mutating func beginNext(_ i: Int) -> Progress {
        instances[i].kafka.transactionStart = now
        if instances[i].kafka.end.leavesNothingBehind || mutant == .reuseProducer {
            return .event(.committed(participant: Self.kafkaID))
        }
        let index = producerIndex(i)
        let delivery = deliver(i)
        if case .lost = delivery { return again(i) ?? withoutProducer(i) }
        // The client's own epoch is checked when a producer is made anew by the same instance.
        switch kafka.initialize(index, now) {
        case .done:
            if case .unanswered = delivery { return again(i) ?? withoutProducer(i) }
            coverage.add(.producersReplaced)
            instances[i].kafka.producerEpoch = kafka.producers[index].epoch
            instances[i].kafka.sequence = 0
            instances[i].kafka.sending = nil
            return .event(.committed(participant: Self.kafkaID))
        default:
            return .again(random.within(5...20))
        }
    }

    private mutating func withoutProducer(_ i: Int) -> Progress {
        instances[i].kafka.producerEpoch = -1
        return .event(.committed(participant: Self.kafkaID))
    }

    /// At the end of an attempt: one request, whose answer nobody needs, since the next fence aborts what this does not.
    mutating func abortTransaction(_ i: Int) {
        let index = producerIndex(i)
        let epoch = instances[i].kafka.producerEpoch
        guard isReachable(i, 0), !strikes(.requestLost) else {
            sendLate(index, epoch, commit: false)
            return
        }
        guard index < kafka.producers.count, kafka.producers[index].status == .ongoing else { return }
        _ = kafka.end(index, epoch: epoch, commit: false, now)
    }
}
