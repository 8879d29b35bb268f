package import Dataflow

/// The decisions of exactly-once: which checkpoint a job starts from, and in which order an epoch becomes final.
///
/// A pure value: events in, actions out; no I/O, no clock, no randomness. The service's coordinator and the simulator drive the same code.
/// Exactly one participant decides an epoch by committing it together with the name of the checkpoint; every other participant
/// follows, by its own transaction or, after a crash, from the redo log. Without a participant the manifest itself is the decision.
package struct CommitProtocol: Sendable {
    /// A system that takes part.
    package struct Participant: Hashable, Sendable {
        package var id: String
        /// See `CommitParticipant.deciderRank`: the lowest decides.
        package var deciderRank: Int
        /// See `CommitParticipant.forgetsCommits`.
        package var forgetsCommits: Bool

        package init(id: String, deciderRank: Int, forgetsCommits: Bool) {
            self.id = id
            self.deciderRank = deciderRank
            self.forgetsCommits = forgetsCommits
        }
    }

    /// Where a job starts.
    package enum StartingPoint: Hashable, Sendable {
        /// From what was committed last; a new job where nothing was.
        case committed
        /// From the checkpoint of that number, as a new lineage.
        case checkpoint(Int64)
        /// From the newest acknowledged checkpoint, whatever the systems say, as a new lineage.
        case latest
        /// From nothing, as a new lineage.
        case none
    }

    /// What has happened: an answer to an action, or news from the job and its operator.
    package enum Event: Sendable {
        /// An attempt starts. `lineage` is used where the job needs a new one.
        case begin(lineage: String)
        case fenced(participant: String, FencedState)
        case checkpointsRead([CheckpointSummary])
        case redoApplied(participant: String, epoch: Int64)
        case started
        case checkpointDue
        case captured(isFinal: Bool)
        case stored(digest: String)
        case prepared(participant: String)
        case committed(participant: String)
        case commitFailed(participant: String, CommitOutcome)
        case acknowledged
        /// Anything else failed: processing, a store, a preparation. Nothing was decided by it.
        case failed(isRetriable: Bool)
        /// News of the group that assigns the input; see `MembershipProtocol`.
        case membership(MembershipNews)
        /// No instance has been fenced for `CommitProtocol.fencingMemorySeconds`.
        case fencingForgotten
        /// Every source was bounded and has been processed to its end.
        case inputEnded
        case stopRequested
    }

    /// What is to be done next.
    package enum Action: Hashable, Sendable {
        case fence(participant: String)
        case readCheckpoints
        /// Apply the rows of `checkpoint` to a follower that has not committed them.
        case applyRedo(participant: String, checkpoint: CheckpointSummary)
        case start(from: CheckpointSummary?)
        case capture(epoch: Int64)
        /// Make state, the followers' rows and the manifest durable.
        case store(epoch: Int64, position: Position, followers: [String])
        case prepare(participant: String, epoch: Int64)
        case commit(participant: String, epoch: Int64)
        /// Note that every system has committed the checkpoint.
        case acknowledge(CheckpointReference)
        /// Stop processing, drop everything undecided, and only then give up what the group has assigned; `begin` again after a pause.
        case restart
        case refuse(Refusal)
        case stop(StopReason)
    }

    /// Why an attempt ended without a failure.
    package enum StopReason: String, Hashable, Sendable {
        /// Every source was bounded and all of it is committed.
        case finished
        /// As asked, after a last checkpoint.
        case stopped
        /// Another instance runs the job.
        case fenced
        /// An error that trying again does not mend.
        case failed
    }

    /// The last epoch that is final.
    package struct Position: Hashable, Sendable {
        package var lineage: String
        /// 0 before the first checkpoint.
        package var epoch: Int64
        /// The checkpoint that the next one follows; nil for a new job.
        package var parent: CheckpointReference?
        /// For the first checkpoint of a lineage that was forked on purpose: what each participant, by its id, had committed then.
        package var forkedOver: [String: String]
        /// The same of the starts by hand before.
        package var earlierForks: [[String: String]]

        package init(
            lineage: String, epoch: Int64, parent: CheckpointReference?, forkedOver: [String: String] = [:],
            earlierForks: [[String: String]] = []
        ) {
            self.lineage = lineage
            self.epoch = epoch
            self.parent = parent
            self.forkedOver = forkedOver
            self.earlierForks = earlierForks
        }
    }

    enum Phase: Hashable, Sendable {
        case idle
        case fencing(remaining: [String])
        case reading
        case healing(remaining: [Healing])
        case starting
        case running
        case capturing
        case storing
        case preparing(remaining: [String])
        case committing(remaining: [String])
        case acknowledging
        case stopped
    }

    struct Healing: Hashable, Sendable {
        var participant: String
        var checkpoint: CheckpointSummary
    }

    /// Losing a running job to another instance that often within `fencingMemorySeconds` means that one works under our name. What
    /// happens while two of them begin at the same time is not counted: both could end by it, and nobody would be left.
    static let maximumFencings = 2
    /// How long the shell remembers a fencing: it then sends `fencingForgotten`.
    package static let fencingMemorySeconds = 60

    /// Starts by hand that are remembered, the last ones.
    static let maximumForkCount = 16

    /// The decider first.
    package let participants: [Participant]
    var startingPoint: StartingPoint
    var phase = Phase.idle
    var fencedStates: [String: FencedState] = [:]
    var newLineage = ""
    var restorePoint: CheckpointSummary?
    package internal(set) var position: Position?
    var membership = MembershipProtocol()
    var storedDigest = ""
    /// Whether the systems are fenced and read a second time, before a refusal.
    var isConfirming = false
    /// Whether the last attempt could not restore what it had read.
    var hasFailedToStart = false
    /// Lineages that this run has begun: a commit of one of them is what the chosen starting point has led to.
    var ownLineages: Set<String> = []
    /// Digests of first commits after a start by hand: they were decided, whether or not it came to their acknowledgement.
    var decidedForks: Set<String> = []
    var isStopRequested = false
    var hasInputEnded = false
    var isFinalCapture = false
    var fencings = 0
    #if FAILPOINTS
        var defect: ProtocolDefect?
    #endif

    package init(participants: [Participant], startingPoint: StartingPoint) {
        self.participants = participants.sorted { ($0.deciderRank, $0.id) < ($1.deciderRank, $1.id) }
        self.startingPoint = startingPoint
    }

    package var decider: Participant? { participants.first }
    package var followers: [Participant] { Array(participants.dropFirst()) }

    /// Whether rows are being processed and no checkpoint is under way.
    package var isRunning: Bool { phase == .running }
    /// Whether a checkpoint is being written.
    package var isStoring: Bool { phase == .storing }
    package var isStopped: Bool { phase == .stopped }

    /// - Returns: what to do, in order. The result of each action comes back as an event.
    package mutating func handle(_ event: Event) -> [Action] {
        if phase == .stopped { return [] }
        switch event {
        case .begin, .fenced, .checkpointsRead, .redoApplied, .started:
            return recover(event)
        case .checkpointDue, .captured, .stored, .prepared, .committed, .acknowledged:
            return commit(event)
        case .commitFailed(let participant, let outcome):
            return commitFailed(participant, outcome)
        case .failed(let isRetriable):
            return isRetriable || mayBeOutdated() ? restart() : stop(.failed)
        case .membership(let news):
            return membershipChanged(news)
        case .fencingForgotten:
            fencings = 0
            return []
        case .inputEnded:
            hasInputEnded = true
            return phase == .running ? beginCapture() : []
        case .stopRequested:
            isStopRequested = true
            switch phase {
            case .running: return beginCapture()
            case .idle, .fencing, .reading, .healing, .starting: return stop(.stopped)
            default: return []
            }
        }
    }

    /// Whether files are missing perhaps because another instance has gone on, and deleted them, since the checkpoints were read. Then
    /// the next attempt finds newer ones.
    private mutating func mayBeOutdated() -> Bool {
        switch phase {
        case .healing, .starting:
            defer { hasFailedToStart = true }
            return !hasFailedToStart
        default: return false
        }
    }

    mutating func restart() -> [Action] {
        if isStopRequested { return stop(.stopped) }
        phase = .idle
        membership = MembershipProtocol()
        hasInputEnded = false
        isFinalCapture = false
        return [.restart]
    }

    mutating func stop(_ reason: StopReason) -> [Action] {
        phase = .stopped
        return [.stop(reason)]
    }

    private mutating func commitFailed(_ participant: String, _ outcome: CommitOutcome) -> [Action] {
        // After the decision a follower's failure changes nothing about the epoch: the restart heals the follower from its redo log.
        outcome == .fenced ? fenced() : restart()
    }

    mutating func fenced() -> [Action] {
        switch phase {
        case .idle, .fencing, .reading, .healing, .starting: return restart()
        default: fencings += 1
        }
        return fencings >= Self.maximumFencings ? stop(.fenced) : restart()
    }
}
