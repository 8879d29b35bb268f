package import StateBackends

/// What a commit writes into the system that decides, so that a restart finds the checkpoint that belongs to it.
package struct EpochRecord: Hashable, Sendable {
    /// Made when a job is created and at each explicit reset: tells histories apart.
    package var lineage: String
    /// The checkpoint's number, rising by one within a lineage.
    package var epoch: Int64
    /// SHA-256 of the manifest, hexadecimal.
    package var manifestDigest: String
    /// Every split's position: Kafka's commit carries them.
    package var splits: [SplitState]

    package init(lineage: String, epoch: Int64, manifestDigest: String, splits: [SplitState]) {
        self.lineage = lineage
        self.epoch = epoch
        self.manifestDigest = manifestDigest
        self.splits = splits
    }
}

/// What a system says was last committed, read after fencing.
package struct CommittedEpoch: Hashable, Sendable {
    package var lineage: String
    package var epoch: Int64
    /// The first digits of the manifest's digest, as many as the system had room for.
    package var manifestDigestPrefix: String
    /// The committed offsets, where the system has them.
    package var offsets: [SplitID: Int64]

    package init(lineage: String, epoch: Int64, manifestDigestPrefix: String, offsets: [SplitID: Int64]) {
        self.lineage = lineage
        self.epoch = epoch
        self.manifestDigestPrefix = manifestDigestPrefix
        self.offsets = offsets
    }
}

/// What `CommitParticipant.fence` found.
package enum FencedState: Hashable, Sendable {
    /// The job has never committed here.
    case empty
    case committed(CommittedEpoch)
    /// Something committed that is not ours, or not whole: offsets without our metadata, splits that name different epochs. The text
    /// says what.
    case foreign(String)
}

/// How a commit ended when it did not succeed.
package enum CommitFailure: Error, Sendable {
    /// Certainly not committed: roll back to the last checkpoint and go on.
    case aborted(DataflowError)
    /// Not known: fence, read, decide.
    case inDoubt(DataflowError)
    /// Another instance has taken over.
    case fenced(DataflowError)
}

/// What a group that assigns the input says to a member between two fences.
package enum MembershipNews: Hashable, Sendable {
    /// The group wants the input back and waits for it, for a time.
    case revoked
    /// The time that it waits is over.
    case budgetSpent
    /// The group has taken the input away: the session had expired.
    case lost
    /// Another instance has taken this one's place.
    case replaced
}

/// One external system that commits atomically: a Kafka cluster or a PostgreSQL database.
///
/// The decision part of the protocol (Execution) calls these from one control thread; calls may block. Rows of the next epoch may arrive at the
/// writers while a commit is under way: they wait in the writers.
package protocol CommitParticipant: AnyObject, Sendable {
    /// Stable over restarts and unique in the job, for example `kafka` or `postgres/film`.
    var id: String { get }

    /// Whether its transaction can carry the source offsets; Kafka before PostgreSQL.
    var deciderRank: Int { get }

    /// Whether the system forgets commits by itself after a time (Kafka's `offsets.retention.minutes`), so that finding none is no proof.
    var forgetsCommits: Bool { get }

    /// Shuts out every earlier incarnation of this job, aborts what it left open, and then reads what is committed.
    func fence(_ job: JobIdentity) throws -> FencedState

    /// Where news of the group goes that assigns the job's input, from the next fence on. Called from any thread; it returns at once. A
    /// participant to which input was assigned gives it up only when it is told to abort, or when the group's time is over; what it had
    /// open can no longer be committed then.
    func observeMembership(_ observer: @escaping @Sendable (MembershipNews) -> Void)

    /// Follower only, after the barrier: the rows of the epoch as bytes that `applyRedo` takes.
    func redo(epoch: Int64) throws -> SnapshotBuffer

    /// Executes everything of the epoch in the open transaction, without deciding. Waits until the writers' rows are there.
    ///
    /// - Throws: `DataflowError`; nothing is committed then.
    func prepare(epoch: Int64) throws

    /// Commits what was prepared together with the record. Returns only when it is certainly committed. Asserts continuity: what is
    /// committed before must be what `fence` returned or this object committed last, whatever its lineage and number (a job that was
    /// started from a chosen checkpoint carries on under a new lineage).
    func commit(_ record: EpochRecord) throws(CommitFailure)

    /// Drops the open transaction and all rows of undecided epochs, in the writers too.
    func abort()

    /// Follower only, in recovery: applies the rows of an epoch that was decided elsewhere, together with its record, in one transaction.
    func applyRedo(_ redo: UnsafeRawBufferPointer, record: EpochRecord) throws

    func close()
}

extension CommitParticipant {
    package var forgetsCommits: Bool { false }

    /// For systems that assign nothing.
    package func observeMembership(_ observer: @escaping @Sendable (MembershipNews) -> Void) {}
}
