/// How often what happened in the simulated histories.
package struct SimulationCoverage: Sendable {
    /// What is counted.
    package enum Item: Int, CaseIterable, Sendable {
        case epochsCommitted, epochsAborted, recoveries, redoApplied, forks, finished
        case crashFence, crashRead, crashRedo, crashStart, crashCapture, crashStore, crashPrepare, crashCommit
        case crashAcknowledge, crashProcessing
        case takeovers, pauses, zombieWakeUps, partitions, outages, requestsLost, repliesLost, endsDelayed
        case producesDelayed, producersReplaced, concurrentTransactions, transactionsTimedOut, sessionsExpired
        case revocations, assignmentsLost, budgetsSpent, inDoubt, fenced, hangingCommits, backendsTerminated
        case serializationFailures, failovers, versionsLost, storeFailures, storeRepliesLost
        case filesDelayed, filesLandedLate, filesReordered, filesDamaged, machineCrashes, filesLost, filesTorn
        case filesRevived, staleLists, offsetsExpired, offsetsReset, stoppedByFencing
        case refusedCommitsMissing, refusedCheckpointMissing, refusedForeign, refusedOffsetsDiffer
        case refusedFollowerAhead, refusedRedoMissing, refusedUnknownCheckpoint, refusedDamagedState, refusedStale
        case steps
    }

    package private(set) var counts = [Int](repeating: 0, count: Item.allCases.count)

    package init() {}

    @inline(__always)
    mutating func add(_ item: Item) { counts[item.rawValue] &+= 1 }

    mutating func add(_ item: Item, _ count: Int) { counts[item.rawValue] &+= count }

    package subscript(_ item: Item) -> Int { counts[item.rawValue] }

    mutating func merge(_ other: SimulationCoverage) {
        for index in counts.indices { counts[index] &+= other.counts[index] }
    }
}
