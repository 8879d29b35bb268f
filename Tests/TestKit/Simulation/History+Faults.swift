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
            // They expire a week after the job has stopped: long after what was decided was acknowledged, after every open transaction
            // has timed out, and after an operator who started the job anew saw its first commit and took the flag away.
            if let digest = kafka.offsets?.digest, store.isAcknowledged(digest), isQuiet, chosenStart == nil,
                strikes(.offsetsExpired)
            {
                kafka.offsets = nil
                coverage.add(.offsetsExpired)
                justifications.insert(.commitsMissing)
                note("the group's offsets expire")
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

    private mutating func failOver(_ index: Int) {
        let lag = Int(random.below(4))
        let lost = databases[index].failOver(losing: lag)
        coverage.add(.failovers)
        coverage.add(.versionsLost, lost)
        note("\(Self.databaseIDs[index]) fails over and loses \(lost) commits")
        if lost == 0 { return }
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
        let acknowledged = store.summaries().filter { $0.isReadable && $0.isAcknowledged }
        var content = JobState()
        chosenStart = CommitProtocol.StartingPoint.none
        if !acknowledged.isEmpty && random.below(2) == 0 {
            let chosen = acknowledged[Int(random.below(Int32(acknowledged.count)))]
            if let manifest = store.manifest(chosen.digest) {
                content = manifest.state
                chosenStart = .checkpoint(chosen.epoch)
            }
        }
        // A store that was emptied begins to count anew, and the systems still name the numbers of before.
        // Not where the start is to be from one of its checkpoints, be it one of nothing yet.
        if chosenStart == CommitProtocol.StartingPoint.none && random.below(2) == 0 { store.files = [] }
        if variant.hasKafka { kafka.reset(to: content) }
        for index in databases.indices { databases[index].reset(to: content) }
        forkLineage = lineageCount
        coverage.add(.forks)
        note("an operator starts the job anew from \(content.next0)+\(content.next1)")
    }
}
