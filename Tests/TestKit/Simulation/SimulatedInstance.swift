internal import Dataflow
internal import Execution

/// A process of the service: its protocol, and what its parts would hold in memory.
struct SimulatedInstance {
    /// The client side of a Kafka transaction and of the group.
    struct KafkaClient {
        var producerEpoch: Int32 = -1
        var sequence: Int32 = 0
        /// Up to where rows were given to the cluster.
        var produced = JobState()
        /// Up to where the batch reaches that was sent and not answered: what is sent again is the same batch.
        var sending: JobState?
        var end = TransactionEnd()
        var memberID: Int32 = -1
        var generation: Int32 = -1
        /// Whether another instance has taken the member's place.
        var isReplaced = false
        /// The group waits until then for this member to give up its input; nil while it does not.
        var revokedUntil: Int32?
        var attempts: Int32 = 0
        var earlyRead: FencedState?
        var transactionStart: Int32 = 0
    }

    /// The client side of a database session.
    struct DatabaseClient {
        var session = -1
        var claim = CommitClaim(ownerEpoch: 0, last: nil)
        var attempts: Int32 = 0
        var earlyRead: SimulatedDatabase.Entry?
        var isPrepared = false
    }

    let number: Int
    var machine: CommitProtocol
    var isAlive = true
    var isAsleep = false
    var nextAt: Int32
    var restartAt: Int32 = -1
    var attempt = 0
    /// What is to be carried out, the next last.
    var actions: [CommitProtocol.Action] = []
    /// How far the action under way has come.
    var step = 0
    var state = JobState()
    var epochStart = JobState()
    var captured = JobState()
    var hasToldEnd = false
    /// What the group has said and the job has not heard yet.
    var news: [MembershipNews] = []
    var batchesSinceCheckpoint: Int32 = 0
    var stateFiles: [String] = []
    /// Manifests that it has read or written: a job that no system commits sees another instance by those of others.
    var knownManifests: Set<String> = []
    /// Of the store, while what is not needed is looked for.
    var listedFiles: [String] = []
    var followerRedo: [(participant: String, file: String)] = []
    var newFiles: [String] = []
    var record: CheckpointReference?
    /// Whether a mutant takes the last commit for aborted.
    var assumed = false
    /// What that mutant takes for committed: in Kafka, in the databases.
    var lastKnown: [FencedState] = [.empty, .empty, .empty]
    var hasRepeated = false
    /// What is to be stored next.
    var manifest: SimulatedStore.Manifest?
    /// A file that the store has not answered for.
    var write: History.AwaitedWrite?
    /// Numbers of the checkpoints that were committed when it read them: none of them is to be used again.
    var usedNumbers: Set<Int64> = []
    /// How often it has read the list of checkpoints in this attempt, and whether the last one was an old one.
    var readingCount = 0
    var hasOldList = false
    /// Whether a system said that another instance has taken over.
    var wasFenced = false
    var kafka = KafkaClient()
    var databases = [DatabaseClient(), DatabaseClient()]

    init(number: Int, machine: CommitProtocol, nextAt: Int32) {
        self.number = number
        self.machine = machine
        self.nextAt = nextAt
    }
}
