internal import Logging
internal import NIOCore

extension ServerLoop {
    /// Takes a script; what the one before held back is let go.
    func arm(_ script: FaultScript) {
        let parked = faults.parked
        faults.parked = []
        for entry in parked { applyUnseen(entry.request) }
        faults.script = script
        faults.random = SplitMix64(state: script.seed)
        faults.script.arm(now: clock.now())
        deliverReplies()
        scheduleTimer()
    }

    /// Handles a request as the script wants it.
    func admit(_ request: IncomingRequest) -> WireAnswer {
        guard !faults.isCrashed else { return .later }
        guard !faults.isPaused else {
            faults.waiting.append((request, nil))
            return .later
        }
        guard let described = FaultRequest(request.frame, for: faults.script),
            let hit = faults.script.decide(described, now: clock.now())
        else { return applyAndCount(request) }
        logger.info("fault: \(described.api.name) of client \(described.clientId): line \(hit.line): \(hit.text)")
        for event in hit.plan.events { fire(event) }
        guard !faults.isCrashed else { return .later }
        guard !faults.isPaused else {
            faults.waiting.append((request, hit.plan))
            return .later
        }
        return begin(request, hit.plan)
    }

    private func begin(_ request: IncomingRequest, _ plan: FaultPlan) -> WireAnswer {
        guard plan.requestDelayMilliseconds > 0 else { return perform(request, plan) }
        finishLater(request, afterMilliseconds: plan.requestDelayMilliseconds) { loop in
            loop.perform(request, plan)
        }
        return .later
    }

    /// Goes on with a request after some time, whether or not its connection is still there.
    private func finishLater(
        _ request: IncomingRequest, afterMilliseconds delay: Int64, _ body: @escaping (ServerLoop) -> WireAnswer
    ) {
        after(milliseconds: delay) { [weak self] in
            guard let self else { return }
            self.deliver(body(self), to: request.connection)
            self.deliverReplies()
            self.scheduleTimer()
        }
    }

    private func perform(_ request: IncomingRequest, _ plan: FaultPlan) -> WireAnswer {
        var answer: WireAnswer
        switch plan.application {
        case .parked(let until):
            park(request, until)
            answer = .nothing
        case .never: answer = .nothing
        case .once: answer = applyAndCount(request)
        case .twice(let delay):
            answer = applyAndCount(request)
            if delay == 0 { applyUnseen(request) } else { park(request, .milliseconds(delay)) }
        }
        if plan.crashesAfterwards {
            fire(.crash)
            return .later
        }
        if case .later = answer {
            faults.held[request.connection] = (request, plan)
            return .later
        }
        if case .close = answer { return .close }
        if let error = plan.error { answer = broker.refusal(of: request, error).map { .frame($0) } ?? .nothing }
        return treat(answer, request, plan)
    }

    /// What becomes of an answer that the broker gave later.
    func finished(_ reply: Broker.Reply) -> WireAnswer {
        guard let (request, plan) = faults.held.removeValue(forKey: reply.connection) else {
            return .frame(reply.frame)
        }
        guard let error = plan.error else { return treat(.frame(reply.frame), request, plan) }
        return treat(broker.refusal(of: request, error).map { .frame($0) } ?? .nothing, request, plan)
    }

    /// Delays, changes or loses an answer.
    private func treat(_ answer: WireAnswer, _ request: IncomingRequest, _ plan: FaultPlan) -> WireAnswer {
        guard plan.replyDelayMilliseconds > 0 else { return changed(answer, request, plan) }
        finishLater(request, afterMilliseconds: plan.replyDelayMilliseconds) { loop in
            loop.changed(answer, request, plan)
        }
        return .later
    }

    private func changed(_ answer: WireAnswer, _ request: IncomingRequest, _ plan: FaultPlan) -> WireAnswer {
        switch plan.delivery {
        case .none: return .later
        case .closed: return .close
        case .whole, .truncated, .corrupted: break
        }
        guard case .frame(var frame) = answer else { return answer }
        if plan.throttleMilliseconds > 0 {
            frame = broker.throttled(frame, answering: request, milliseconds: plan.throttleMilliseconds)
        }
        switch plan.delivery {
        case .truncated(let byteCount):
            var whole = ByteBuffer(integer: Int32(frame.reduce(0) { $0 + $1.readableBytes }))
            for buffer in frame { whole.writeImmutableBuffer(buffer) }
            let length = min(byteCount ?? whole.readableBytes / 2, whole.readableBytes)
            return .last(whole.readSlice(length: length) ?? ByteBuffer(), closes: true)
        case .corrupted(let corruption):
            var wire = corruption.apply(to: frame, answering: request, random: &faults.random)
            if case .length = corruption { return .last(wire, closes: false) }
            wire.moveReaderIndex(forwardBy: MemoryLayout<Int32>.size)
            return .frame([wire])
        case .whole, .none, .closed: break
        }
        guard plan.throttleMilliseconds > 0 else { return .frame(frame) }
        return .throttled(frame, milliseconds: plan.throttleMilliseconds)
    }

    // MARK: Applying

    private func applyAndCount(_ request: IncomingRequest) -> WireAnswer {
        // What comes late from a connection that is gone must not leave anything behind under its id.
        let isGone = connections[request.connection] == nil
        let answer = isGone ? applyUnseen(request) : apply(request)
        let api = request.frame.getInteger(at: request.frame.readerIndex, as: Int16.self).flatMap {
            ApiKey(rawValue: $0)
        }
        guard let api, !faults.parked.isEmpty else { return answer }
        var due: [IncomingRequest] = []
        for index in faults.parked.indices where faults.parked[index].api == api {
            faults.parked[index].remaining -= 1
            if faults.parked[index].remaining == 0 { due.append(faults.parked[index].request) }
        }
        faults.parked.removeAll { $0.remaining == 0 }
        for late in due { applyUnseen(late) }
        return answer
    }

    /// Applies a request whose answer nobody gets.
    @discardableResult
    private func applyUnseen(_ request: IncomingRequest) -> WireAnswer {
        var unseen = request
        unseen.connection = newConnectionId()
        _ = apply(unseen)
        return .nothing
    }

    private func park(_ request: IncomingRequest, _ until: FaultPlan.Until) {
        switch until {
        case .applied(let api, let count):
            faults.parked.append((request, api, count))
            if faults.parked.count > FaultState.maxParkedCount { applyUnseen(faults.parked.removeFirst().request) }
        case .milliseconds(let delay):
            finishLater(request, afterMilliseconds: delay) { loop in
                loop.applyUnseen(request)
                return .later
            }
        }
    }

    // MARK: Events

    func fireDueEvents() {
        for hit in faults.script.takeDue(now: clock.now()) {
            logger.info("fault: line \(hit.line): \(hit.text)")
            for event in hit.plan.events { fire(event) }
        }
    }

    func fire(_ event: FaultEvent) {
        guard !faults.isCrashed else { return }
        switch event {
        case .pause(let milliseconds): pause(milliseconds: milliseconds)
        case .crash:
            faults.isCrashed = true
            crash()
        case .disconnect: for connection in Array(connections.values) { connection.close() }
        default:
            broker.fire(event)
            deliverReplies()
            scheduleTimer()
        }
    }

    private func pause(milliseconds: Int64) {
        faults.isPaused = true
        faults.pauseCount += 1
        let pause = faults.pauseCount
        after(milliseconds: milliseconds) { [weak self] in
            guard let self, self.faults.pauseCount == pause else { return }
            self.goOn()
        }
    }

    /// Handles what came during a pause, in order.
    private func goOn() {
        faults.isPaused = false
        let waiting = faults.waiting
        faults.waiting = []
        for (request, plan) in waiting {
            let answer = plan.map { begin(request, $0) } ?? admit(request)
            deliver(answer, to: request.connection)
        }
        deliverReplies()
        scheduleTimer()
    }
}
