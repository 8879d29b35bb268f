/// A step of the protocol, broken on purpose in the simulated service: the simulator has to notice.
package enum Mutant: String, CaseIterable, Sendable {
    /// The systems are read without shutting out the instance before.
    case skipFence = "skip-fence"
    /// What is committed is read first, and the instance before is shut out then.
    case readBeforeFence = "read-before-fence"
    /// Kafka's transaction is committed without the input's offsets.
    case omitOffsets = "omit-offsets"
    /// What a database committed last is read without waiting for the row lock.
    case plainSelect = "plain-select"
    /// A database's commit asks who owns the row, not what was committed before.
    case noParentCheck = "no-parent-check"
    /// After an end of transaction that was sent twice the producer is used again.
    case reuseProducer = "reuse-producer"
    /// The group has taken the input away, and the epoch is committed under the new generation all the same.
    case commitOnLost = "commit-on-lost"
    /// Revoked input is given up at once, and the epoch is committed after it.
    case giveUpBeforeCommit = "give-up-before-commit"
    /// Offsets are committed without naming the member and its generation.
    case ghostMember = "ghost-member"
    /// Committed offsets are read without waiting for a transaction that is being ended.
    case unstableRead = "unstable-read"
    /// The store answers before a file would survive a crash of the machine.
    case ackBeforeSync = "ack-before-sync"
    /// A database skips a checkpoint whose number is not greater than the one it has.
    case skipIfNotGreater = "skip-if-not-greater"
    /// Files are deleted that a decided checkpoint still needs.
    case collectTooEarly = "collect-too-early"
    /// A manifest that another instance has deleted meanwhile is taken for one that needs no files.
    case collectBlindly = "collect-blindly"
    /// Followers commit before the decider.
    case followersFirst = "followers-first"
    /// Rows of the redo log are applied without looking whether they are there.
    case redoTwice = "redo-twice"
    /// The redo log is taken from any checkpoint of the number, not from the decided one.
    case redoByNumber = "redo-by-number"
    /// A commit whose outcome is not known is taken for aborted.
    case inDoubtIsAborted = "in-doubt-is-aborted"
    /// The newest checkpoint is restored, decided or not.
    case restoreNewest = "restore-newest"
    /// After an abort the job goes on with the state that it had.
    case keepState = "keep-state"
    /// The state is captured a little after the offsets.
    case lateCapture = "late-capture"
    /// The decision comes before the checkpoint is stored.
    case decideBeforeStore = "decide-before-store"
    #if FAILPOINTS
        /// The protocol itself gives a follower the newest epoch that it lacks first.
        case healingNewestFirst = "healing-newest-first"
        /// The protocol itself passes over committed offsets that are not those of their checkpoint.
        case offsetsUnchecked = "offsets-unchecked"
        /// The protocol itself does not notice that its decider has lost commits.
        case lossUnnoticed = "loss-unnoticed"
        /// The protocol itself does not notice that every commit since a start by hand is lost.
        case lostForkUnnoticed = "lost-fork-unnoticed"
        /// The protocol itself refuses at first sight.
        case refusedAtFirstSight = "refused-at-first-sight"
        /// The protocol itself takes a first commit that may be forgotten for none.
        case forgettingUnnoticed = "forgetting-unnoticed"
        /// The protocol itself goes on with an epoch for which the group has no more time, and the client follows the group.
        case budgetIgnored = "budget-ignored"
    #endif

    /// Those that can go wrong by it; the others need not be simulated to notice it.
    package var variants: [SimulationVariant] {
        #if FAILPOINTS
            switch self {
            case .lossUnnoticed, .lostForkUnnoticed: return [.postgres, .twoPostgres]
            case .forgettingUnnoticed: return [.kafka]
            case .budgetIgnored: return [.kafkaGroup]
            default: break
            }
        #endif
        return SimulationVariant.allCases
    }
}
