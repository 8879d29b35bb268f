internal import Dataflow
internal import Execution

/// Faults that strike systems, not requests.
extension History {
    mutating func disturb() {
        if strikes(.outage) {
            let system = Int(random.below(4))
            let time = random.within(30...500)
            outages[system] = now + time
            coverage.add(.outages)
            note("system \(system) is away until \(outages[system]) ms")
        }
        if variant.hasKafka {
            // After every open transaction has timed out, and after an operator who started the job anew saw its first commit and took
            // the flag away.
            if kafka.offsets != nil, isQuiet, chosenStart == nil {
                if strikes(.offsetsExpired) { expireOffsets() }
                if strikes(.offsetsReset) { resetOffsets() }
            }
            if strikes(.foreignMember) {
                note(
                    "a foreign consumer \(kafka.group.members.contains { $0.key == SimulatedGroup.foreignKey } ? "leaves" : "joins") the group"
                )
                if kafka.group.members.contains(where: { $0.key == SimulatedGroup.foreignKey }) {
                    kafka.group.leave(SimulatedGroup.foreignKey, now)
                } else {
                    _ = kafka.group.join(SimulatedGroup.foreignKey, now)
                }
            }
        }
        if strikes(.machineCrash) { crashMachine() }
        if !databases.isEmpty {
            let index = Int(random.below(Int32(databases.count)))
            if strikes(.failover) { failOver(index) }
            if strikes(.terminate) {
                for session in databases[index].backends.indices
                where databases[index].backends[session].phase != .committing {
                    databases[index].endSession(session)
                }
                coverage.add(.backendsTerminated)
                note("\(Self.databaseIDs[index]) ends its sessions")
            }
        }
        if !isFinished && strikes(.fork) { fork() }
    }

    /// The job stands still for a week, and the cluster forgets its offsets.
    private mutating func expireOffsets() {
        for index in instances.indices where instances[index].isAlive { end(index) }
        store.comeToRest(isLong: true)
        kafka.offsets = nil
        // Nothing is left of what somebody wrote there.
        tampering = nil
        coverage.add(.offsetsExpired)
        justifications.insert(.commitsMissing)
        note("the job stands still until the group's offsets have expired")
    }

    /// Somebody stops the job and sets the group's offsets, with the tool of the cluster or with one that keeps what it does not know.
    private mutating func resetOffsets() {
        guard var offsets = kafka.offsets else { return }
        for index in instances.indices where instances[index].isAlive { end(index) }
        store.comeToRest(isLong: false)
        if random.below(2) == 0 {
            offsets.isForeign = true
            justifications.insert(.foreign)
        } else {
            offsets.next0 += 1
            justifications.insert(.offsetsDiffer)
        }
        kafka.offsets = offsets
        tampering = "somebody has reset the group's offsets"
        coverage.add(.offsetsReset)
        note("somebody resets the group's offsets")
    }

    private mutating func failOver(_ index: Int) {
        let lag = Int(random.below(3) == 0 ? random.within(3...11) : random.below(4))
        let lost = databases[index].failOver(losing: lag)
        coverage.add(.failovers)
        coverage.add(.versionsLost, lost)
        note("\(Self.databaseIDs[index]) fails over and loses \(lost) commits")
        if lost == 0 { return }
        if let lastChosenStart, chosenStart == nil, !isFinished, !hasCommittedFork {
            // The commit that the operator saw in the database is lost before the job could say so: the start is made again.
            for instance in instances.indices where instances[instance].isAlive { end(instance) }
            chosenStart = lastChosenStart
            note("the operator starts the job in the same way again")
        }
        if !variant.hasKafka && index == 0 {
            // The decider itself has forgotten: rows and offsets go back together, followers do not.
            justifications.formUnion([.followerAhead, .commitsMissing, .checkpointMissing])
        }
        versionsLost[index] += lost
        // Rows of checkpoints that are older than what is kept cannot be given again.
        if versionsLost[index] > plan.retained - 1 { justifications.insert(.redoMissing) }
    }

    /// An operator stops everything, puts the sinks back to a checkpoint or to nothing, and starts the job from there.
    private mutating func fork() {
        for index in instances.indices where instances[index].isAlive { end(index) }
        lateRequests = []
        store.comeToRest(isLong: false)
        tampering = nil
        let acknowledged = store.summaries().filter { $0.isReadable && $0.isAcknowledged }
        var content = JobState()
        chosenStart = CommitProtocol.StartingPoint.none
        if !acknowledged.isEmpty && random.below(2) == 0 {
            var chosen = acknowledged[Int(random.below(Int32(acknowledged.count)))]
            let isNewest = random.below(4) == 0
            let newest = acknowledged.max { ($0.epoch, $0.name) < ($1.epoch, $1.name) }
            if isNewest, let newest { chosen = newest }
            if let manifest = store.manifest(chosen.digest), store.isWhole(manifest) {
                content = manifest.state
                chosenStart = isNewest ? .latest : .checkpoint(chosen.epoch)
            }
        } else if random.below(8) == 0 {
            chosenStart = .checkpoint(1_000_000)
            justifications.insert(.unknownCheckpoint)
        }
        // A store that was emptied begins to count anew, and the systems still name the numbers of before.
        // Not where the start is to be from one of its checkpoints, be it one of nothing yet.
        if chosenStart == CommitProtocol.StartingPoint.none && random.below(2) == 0 { store.empty() }
        lastChosenStart = chosenStart
        if variant.hasKafka { kafka.reset(to: content) }
        for index in databases.indices { databases[index].reset(to: content) }
        forkLineage = lineageCount
        if !databases.isEmpty && random.below(2) == 0 {
            // A database that had to be put back is one that fails over again.
            plan.chances[Fault.failover.rawValue] = max(plan.chances[Fault.failover.rawValue], 12_000)
            plan.faultsLeft = max(plan.faultsLeft, 2)
            plan.faultsEnd = max(plan.faultsEnd, now + 500)
        }
        coverage.add(.forks)
        note("an operator starts the job anew from \(content.next0)+\(content.next1)")
    }
}
