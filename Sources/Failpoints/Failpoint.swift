#if FAILPOINTS
    /// A place where a test may make the process fail: before or after a step of the protocol, or at a system call.
    ///
    /// Armed by `MILLRACE_FAILPOINTS` (see `FailpointPlan`), in test builds only: a release build holds neither the calls nor the names.
    package enum Failpoint: String, CaseIterable, Sendable {
        // MARK: Coordinator

        /// No participant, or not this one, has shut out earlier instances.
        case beforeFence
        /// A participant has shut out earlier instances and said what is committed; nothing has been read.
        case afterFence
        /// Everything is fenced; the store has not been asked.
        case beforeReadCheckpoints
        /// The manifests are known; where to start is not decided.
        case afterReadCheckpoints
        /// A follower lacks rows that the decider has committed.
        case beforeApplyRedo
        /// A follower has been given the rows of one epoch; further ones may be missing.
        case afterApplyRedo
        /// What is committed is known, nothing is restored.
        case beforeStart
        /// The workers run.
        case afterStart
        /// A checkpoint is due; its barrier is not in the sources.
        case beforeCapture
        /// The barrier is on its way.
        case afterCapture
        /// Every task has handed over its state; nothing is stored.
        case captured
        /// As `captured`, the protocol having moved on.
        case beforeStore
        /// The followers' rows are durable; the state is not.
        case redoStored
        /// Rows and state are durable; the manifest does not exist.
        case stateStored
        /// The manifest is durable and was read again.
        case afterStore
        /// A participant has not executed all rows of the epoch.
        case beforePrepare
        /// A participant has executed all rows of the epoch, undecided.
        case afterPrepare
        /// Everything is prepared; the epoch is not decided.
        case beforeDecision
        /// The epoch is decided; no follower has committed, and the coordinator has not noted the decision.
        case afterDecision
        /// The epoch is decided; this follower has not committed it.
        case beforeFollowerCommit
        /// A follower has committed a decided epoch.
        case afterFollowerCommit
        /// Everybody has committed; the store does not say so.
        case beforeAcknowledge
        /// The store says that everybody has committed.
        case afterAcknowledge
        /// Files that nobody needs are about to go.
        case beforeGarbageCollection
        /// Files that nobody needed are gone.
        case afterGarbageCollection

        // MARK: Checkpoint store

        /// The temporary file is about to be created.
        case fileCreate
        /// Bytes are about to be written to the temporary file; once for each call of the system.
        case fileWrite
        /// The temporary file is whole and about to be synced.
        case fileSync
        /// The temporary file is durable.
        case fileSynced
        /// The temporary file is about to get its name.
        case fileRename
        /// The file has its name, which is not durable.
        case fileRenamed
        /// The folder is about to be synced.
        case directorySync
        /// The file is durable under its name.
        case filePublished
        /// A file is about to be opened for reading.
        case fileOpen
        /// Bytes of a file are about to be read; once for each call of the system.
        case fileRead
        /// The folder is about to be listed.
        case directoryList
        /// A file is about to be deleted; once for each.
        case fileDelete
        /// A file has been deleted, and others may have to follow.
        case fileDeleted

        // MARK: Kafka: commits

        /// The transactional id is about to be taken.
        case kafkaBeforeInitTransactions
        /// Earlier producers are fenced; the group is not joined.
        case kafkaAfterInitTransactions
        /// The group is about to be joined.
        case kafkaBeforeJoin
        /// The membership is in force; what is committed has not been read.
        case kafkaAfterJoin
        /// The committed offsets are about to be read.
        case kafkaBeforeCommittedRead
        /// The committed offsets are known.
        case kafkaAfterCommittedRead
        /// A transaction is about to begin.
        case kafkaBeforeBegin
        /// A transaction has begun, of which the cluster knows nothing yet.
        case kafkaAfterBegin
        /// Rows are about to be handed to the producer; once for each chunk.
        case kafkaProduce
        /// The transaction is about to be told of partitions that it has rows for.
        case kafkaBeforeRegister
        /// The transaction knows of the partitions; none of their rows are written.
        case kafkaAfterRegister
        /// A batch of rows is about to be sent; where this fails, its connection breaks.
        case kafkaBeforeSend
        /// A batch of rows is written, and acknowledged.
        case kafkaAfterAcknowledgement
        /// All rows are with the producer, and not all of them with the cluster.
        case kafkaBeforeFlush
        /// All rows are with the cluster.
        case kafkaAfterFlush
        /// The offsets are about to become part of the transaction.
        case kafkaBeforeSendOffsets
        /// The offsets are part of the transaction.
        case kafkaAfterSendOffsets
        /// The end of the transaction is about to be sent.
        case kafkaBeforeEndTransaction
        /// The transaction is committed; nothing of this process knows.
        case kafkaAfterEndTransaction
        /// The commit is noted; where this fails, it counts as disturbed and the producer is made anew.
        case kafkaEndClean
        /// A producer whose commit was disturbed is about to be replaced.
        case kafkaBeforeReplaceProducer
        /// The new producer has taken the transactional id.
        case kafkaAfterReplaceProducer
        /// The transaction is about to be aborted.
        case kafkaBeforeAbort
        /// The transaction is aborted, or its end left to the next fence.
        case kafkaAfterAbort
        /// The group has given the member its part.
        case kafkaMemberAssigned
        /// The group asks for the member's part, and waits; the job does not know.
        case kafkaRevocationNews
        /// The group has taken the member's part away without asking, or another instance has; the job does not know.
        case kafkaLossNews
        /// The group has taken the member's part away, with or without its consent; the member has not joined again.
        case kafkaMemberRevoked

        // MARK: Kafka: sources

        /// The source has not asked the cluster for its partitions.
        case kafkaBeforeSourceStart
        /// Where each partition starts is known.
        case kafkaAfterSourceStart
        /// Partitions are about to be assigned with their offsets.
        case kafkaBeforeAssign
        /// Partitions are assigned; nothing has been read.
        case kafkaAfterAssign
        /// The first records after the assignment have been taken from the queue and not looked at.
        case kafkaFirstRead
        /// A record is about to be decoded, its offset being the key; once for each.
        case kafkaRecord

        /// What is committed elsewhere is about to be told to the group, for tools that report lag.
        case kafkaBeforeExport
        /// The group has been told; whether it has taken it is not known.
        case kafkaAfterExport

        // MARK: PostgreSQL

        /// A connection is about to be made.
        case postgresBeforeConnect
        /// A session is open.
        case postgresAfterConnect
        /// The bookkeeping row is about to be taken.
        case postgresBeforeAcquire
        /// The bookkeeping row is taken and read; leftovers of earlier owners may be at work.
        case postgresAfterAcquire
        /// Earlier owners' sessions are ended.
        case postgresAfterFence
        /// A transaction is about to begin.
        case postgresBeforeBegin
        /// A transaction has begun.
        case postgresAfterBegin
        /// Rows are about to be copied; once for each unit.
        case postgresBeforeCopy
        /// Rows have been sent and the copy is not ended; once for each unit.
        case postgresBeforeCopyEnd
        /// The rows of a unit are in the transaction.
        case postgresAfterCopy
        /// The redo log has been taken from the session and is nowhere else.
        case postgresRedoTaken
        /// Refused rows are about to be kept; once for each unit that has some.
        case postgresBeforeDeadLetters
        /// Refused rows are kept, in the transaction.
        case postgresAfterDeadLetters
        /// The bookkeeping row is about to be moved on.
        case postgresBeforeBookkeeping
        /// The bookkeeping row is moved on, in the transaction.
        case postgresAfterBookkeeping
        /// COMMIT is about to be sent.
        case postgresBeforeCommit
        /// COMMIT is sent, its answer not read: the outcome is open.
        case postgresCommitSent
        /// The server has said that the transaction is committed; nothing of this process knows.
        case postgresAfterCommit
        /// Rows of a redo log are about to be executed.
        case postgresBeforeRedo
        /// Rows of a redo log are in the transaction, without the bookkeeping.
        case postgresAfterRedo
        /// The open transaction is about to be rolled back.
        case postgresBeforeRollback
    }

    extension Failpoint {
        /// What may be made to happen at the point.
        package var actions: [FailpointAction.Kind] {
            switch self {
            case .fileWrite: [.kill, .stop, .delay, .error, .enospc, .shortwrite]
            case .fileSync, .directorySync: [.kill, .stop, .delay, .fsync]
            case .fileCreate, .fileRename: [.kill, .stop, .delay, .error, .enospc]
            case .fileSynced, .fileRenamed, .filePublished, .fileDeleted, .kafkaMemberAssigned, .kafkaMemberRevoked,
                .kafkaRecord, .kafkaRevocationNews, .kafkaLossNews, .kafkaBeforeAbort, .kafkaAfterAbort,
                .kafkaAfterAcknowledgement, .postgresBeforeRollback:
                [.kill, .stop, .delay]
            default: [.kill, .stop, .delay, .error]
            }
        }
    }
#else
    /// A place where a test may make the process fail; in this build there is none.
    ///
    /// Public, because methods of a `package` type are not inlined across targets, and the names would stay in the program.
    @dynamicMemberLookup
    public struct Failpoint: Sendable {
        @inlinable
        init() {}

        /// Any name stands for nothing.
        @inlinable @inline(__always)
        public static subscript(dynamicMember name: StaticString) -> Failpoint { Failpoint() }
    }
#endif
