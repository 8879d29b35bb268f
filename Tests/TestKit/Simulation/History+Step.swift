internal import Dataflow
internal import Execution

/// What an instance does next, and what strikes it before it does.
extension History {
    /// How an action went.
    enum Progress {
        /// Not done yet: go on after so many milliseconds.
        case again(Int32)
        case event(CommitProtocol.Event)
        /// Done; nothing follows from it by itself.
        case done
        case failed(isRetriable: Bool)
    }

    mutating func step(_ i: Int) {
        if instances[i].isAsleep {
            instances[i].isAsleep = false
            coverage.add(.zombieWakeUps)
            note("instance \(i) wakes up")
        }
        if strikes(.crash) { return crash(i) }
        if strikes(.pause) {
            let time = random.within(40...1600)
            instances[i].isAsleep = true
            instances[i].nextAt = now + time
            coverage.add(.pauses)
            note("instance \(i) stands still for \(time) ms")
            return
        }
        if strikes(.partition) {
            partitions[i] = now + random.within(30...800)
            coverage.add(.partitions)
            note("instance \(i) is cut off until \(partitions[i]) ms")
        }
        if variant.hasKafka && random.below(8) < plan.backgroundShare { poll(i) }
        let delay = work(i)
        instances[i].nextAt = now + max(1, delay)
    }

    private mutating func work(_ i: Int) -> Int32 {
        if instances[i].restartAt >= 0 {
            if now < instances[i].restartAt { return instances[i].restartAt - now }
            instances[i].restartAt = -1
            begin(i)
            return 1
        }
        guard let action = instances[i].actions.last else {
            if !instances[i].news.isEmpty {
                let news = instances[i].news.removeFirst()
                handle(i, .membership(news))
                return 1
            }
            if instances[i].machine.isRunning { return process(i) }
            return 10
        }
        switch carryOut(i, action) {
        case .again(let delay): return delay
        case .event(let event):
            if !instances[i].actions.isEmpty { instances[i].actions.removeLast() }
            instances[i].step = 0
            handle(i, event)
        case .done:
            if !instances[i].actions.isEmpty { instances[i].actions.removeLast() }
            instances[i].step = 0
        case .failed(let isRetriable):
            // The machine may have crashed under it.
            if !instances[i].isAlive { return 1 }
            note("instance \(i) fails at \(action.label), \(isRetriable ? "and tries again" : "for good")")
            instances[i].actions.removeAll(keepingCapacity: true)
            if instances[i].wasFenced {
                // As the service's shell: once is no proof of another instance that stays.
                handle(i, .commitFailed(participant: participants[0].id, .fenced))
            } else {
                handle(i, .failed(isRetriable: isRetriable))
            }
        }
        return random.within(1...8)
    }

    mutating func handle(_ i: Int, _ event: CommitProtocol.Event) {
        let actions = instances[i].machine.handle(event)
        instances[i].step = 0
        for action in actions {
            switch action {
            case .restart, .refuse, .stop: instances[i].actions.removeAll(keepingCapacity: true)
            default: break
            }
        }
        for action in actions.reversed() { instances[i].actions.append(action) }
    }

    private mutating func begin(_ i: Int) {
        lineageCount += 1
        instances[i].attempt += 1
        instances[i].wasFenced = false
        instances[i].kafka.attempts = 0
        instances[i].kafka.earlyRead = nil
        instances[i].readingCount = 0
        coverage.add(.recoveries)
        let number = lineageCount
        note("instance \(i) begins attempt \(instances[i].attempt)")
        handle(i, .begin(lineage: "L\(number)"))
    }

    private mutating func process(_ i: Int) -> Int32 {
        let state = instances[i].state
        let left0 = plan.records0 - state.next0
        let left1 = plan.records1 - state.next1
        if left0 <= 0 && left1 <= 0 {
            if instances[i].hasToldEnd { return 10 }
            instances[i].hasToldEnd = true
            note("instance \(i) has read everything")
            handle(i, .inputEnded)
            return 1
        }
        if instances[i].batchesSinceCheckpoint >= plan.checkpointEvery {
            handle(i, .checkpointDue)
            return 1
        }
        instances[i].batchesSinceCheckpoint += 1
        let count = random.within(1...plan.batchSize)
        if left1 <= 0 || left0 > 0 && random.below(2) == 0 {
            instances[i].state.read0(min(count, left0))
        } else {
            instances[i].state.read1(min(count, left1))
        }
        if variant.hasKafka && random.below(2) == 0 { produceAhead(i) }
        return random.within(1...10)
    }

    // MARK: Ends

    mutating func crash(_ i: Int) {
        let item: SimulationCoverage.Item =
            switch instances[i].actions.last {
            case .fence: .crashFence
            case .readCheckpoints: .crashRead
            case .applyRedo: .crashRedo
            case .start: .crashStart
            case .capture: .crashCapture
            case .store: .crashStore
            case .prepare: .crashPrepare
            case .commit: .crashCommit
            case .acknowledge: .crashAcknowledge
            default: .crashProcessing
            }
        coverage.add(item)
        note("instance \(i) is killed at \(instances[i].actions.last.map(\.label) ?? "processing")")
        end(i)
    }

    /// The process is gone: its sessions end when the servers notice.
    mutating func end(_ i: Int) {
        instances[i].isAlive = false
        instances[i].actions = []
        if !plan.isStoreNetworked { store.forgetWrites(of: i) }
        for index in databases.indices {
            let session = instances[i].databases[index].session
            let notice = now + random.within(1...150)
            if session >= 0 { databases[index].abandon(session, isCommitting: false, at: notice) }
        }
    }

    /// Everything that the attempt held is dropped, then the input is given up.
    mutating func tearDown(_ i: Int) {
        if variant.hasKafka && instances[i].kafka.producerEpoch >= 0 { abortTransaction(i) }
        for index in databases.indices {
            let session = instances[i].databases[index].session
            guard session >= 0 else { continue }
            if isReachable(i, 1 + index) {
                // A session that is committing goes on by itself.
                if databases[index].backends[session].phase != .committing { databases[index].endSession(session) }
            } else {
                let notice = now + random.within(20...300)
                databases[index].abandon(session, isCommitting: false, at: notice)
            }
            instances[i].databases[index] = SimulatedInstance.DatabaseClient()
        }
        instances[i].kafka = SimulatedInstance.KafkaClient()
        instances[i].news = []
        instances[i].hasToldEnd = false
        instances[i].batchesSinceCheckpoint = 0
        instances[i].followerRedo = []
        instances[i].newFiles = []
        instances[i].manifest = nil
        instances[i].write = nil
        instances[i].record = nil
        let pause = random.within(5...60)
        instances[i].restartAt = now + pause
    }

    func isReachable(_ i: Int, _ system: Int) -> Bool { partitions[i] <= now && outages[system] <= now }
}

extension CommitProtocol.Action {
    /// For traces.
    var label: String {
        switch self {
        case .fence(let participant): "fence \(participant)"
        case .readCheckpoints: "read checkpoints"
        case .applyRedo(let participant, let checkpoint): "apply redo of \(checkpoint.epoch) to \(participant)"
        case .start(let checkpoint): "start from \(checkpoint.map { "\($0.lineage)/\($0.epoch)" } ?? "nothing")"
        case .capture(let epoch): "capture \(epoch)"
        case .store(let epoch, let position, _): "store \(position.lineage)/\(epoch)"
        case .prepare(let participant, let epoch): "prepare \(epoch) in \(participant)"
        case .commit(let participant, let epoch): "commit \(epoch) in \(participant)"
        case .acknowledge(let checkpoint): "acknowledge \(checkpoint.lineage)/\(checkpoint.epoch)"
        case .restart: "restart"
        case .refuse(let refusal): "refuse: \(refusal.code)"
        case .stop(let reason): "stop: \(reason)"
        }
    }
}
