internal import Dataflow
internal import Execution

/// One simulated history of a job: systems, instances and faults on a virtual clock, all from one seed.
///
/// Owned by one thread.
struct History {
    static let maximumStepCount = 6000
    static let kafkaID = "kafka"
    static let databaseIDs = ["postgres/a", "postgres/b"]

    /// What happened, line by line.
    final class Trace {
        var lines: [String] = []
    }

    /// A request that was sent and arrives after all, later.
    struct LateRequest {
        enum Content {
            case end(producer: Int, epoch: Int32, commit: Bool)
            case produce(producer: Int, epoch: Int32, sequence: Int32, OutputRows)
        }

        var at: Int32
        var content: Content
    }

    let variant: SimulationVariant
    let mutant: Mutant?
    let participants: [CommitProtocol.Participant]
    var random: SimulationRandom
    var plan: HistoryPlan
    var now: Int32 = 0
    var kafka = SimulatedKafka()
    var databases: [SimulatedDatabase]
    var store = SimulatedStore()
    var instances: [SimulatedInstance] = []
    var lateRequests: [LateRequest] = []
    var supervisorAt: Int32 = 0
    /// When a system can be reached again: Kafka, the databases, the store.
    var outages: [Int32] = [0, 0, 0, 0]
    /// When an instance reaches the systems again.
    var partitions: [Int32] = []
    var chosenStart: CommitProtocol.StartingPoint?
    /// What an operator has chosen last.
    var lastChosenStart: CommitProtocol.StartingPoint?
    /// Lineages made before an operator's last fork.
    var forkLineage = 0
    var versionsLost = [0, 0]
    var isFinished = false
    /// Whether the job was started once more after its end, to give the sinks what a failover took from them.
    var isAudited = false
    /// The job will not go on without an operator; what was damaged or lost justifies it.
    var isRefused = false
    var justifications: Set<Refusal.Code> = []
    var isStoreDamaged = false
    /// What somebody did by hand, which the job must not pass over.
    var tampering: String?
    var violation: Violation?
    var coverage = SimulationCoverage()
    var faultCount: Int32 = 0
    /// Numbers of faults that are left out, to find those that matter.
    let suppressed: Set<Int32>
    let trace: Trace?
    var lineageCount = 0

    init(
        seed: UInt64, variant: SimulationVariant, mutant: Mutant?, suppressed: Set<Int32> = [], trace: Trace? = nil
    ) {
        self.variant = variant
        self.mutant = mutant
        self.suppressed = suppressed
        self.trace = trace
        random = SimulationRandom(seed)
        plan = HistoryPlan(&random, variant)
        kafka.markerDelay = plan.markerDelay
        kafka.verifiesTransactions = plan.verifiesTransactions
        databases = Array(repeating: SimulatedDatabase(), count: variant.databaseCount)
        var participants: [CommitProtocol.Participant] = []
        if variant.hasKafka { participants.append(.init(id: Self.kafkaID, deciderRank: 0, forgetsCommits: true)) }
        for index in 0..<variant.databaseCount {
            participants.append(.init(id: Self.databaseIDs[index], deciderRank: 10, forgetsCommits: false))
        }
        self.participants = participants
    }

    // MARK: Clock

    /// Runs to the end, or to the first broken promise.
    mutating func run() {
        startInstance()
        var steps = 0
        while violation == nil && !isOver {
            steps += 1
            if steps > Self.maximumStepCount {
                fail(.stuck, "the job is not at its end after \(steps) steps")
                break
            }
            advanceOnce()
        }
        coverage.add(.steps, steps)
        if violation == nil { checkEnd() }
        countSystems()
    }

    private var isOver: Bool {
        guard isFinished && isAudited || isRefused else { return false }
        for instance in instances where instance.isAlive { return false }
        return isQuiet
    }

    private var hasBackends: Bool {
        for database in databases {
            for backend in database.backends where backend.resolvesAt != .max { return true }
        }
        return false
    }

    private mutating func advanceOnce() {
        var next = Int32.max
        var chosen = -1
        for index in instances.indices where instances[index].isAlive && instances[index].nextAt < next {
            next = instances[index].nextAt
            chosen = index
        }
        if supervisorAt < next {
            next = supervisorAt
            chosen = -1
        }
        for request in lateRequests where request.at < next {
            next = request.at
            chosen = -2
        }
        now = max(now, next)
        settle()
        if violation != nil { return }
        if chosen >= 0 {
            step(chosen)
        } else if chosen == -2 {
            deliverLate()
        } else {
            supervise()
        }
        collectFaults()
    }

    private mutating func settle() {
        if variant.hasKafka { kafka.settle(now) }
        for index in databases.indices { databases[index].settle(now) }
        settleStore()
        collectFaults()
    }

    private mutating func collectFaults() {
        if let fault = kafka.fault { fail(fault, "in the output topic") }
        for index in databases.indices {
            if let fault = databases[index].fault { fail(fault, "in \(Self.databaseIDs[index])") }
        }
    }

    private mutating func deliverLate() {
        guard let index = lateRequests.firstIndex(where: { $0.at <= now }) else { return }
        let request = lateRequests.remove(at: index)
        switch request.content {
        case .end(let producer, let epoch, let commit):
            let answer = kafka.end(producer, epoch: epoch, commit: commit, now)
            note("a late \(commit ? "commit" : "abort") of producer \(producer) epoch \(epoch) arrives: \(answer)")
        case .produce(let producer, let epoch, let sequence, let rows):
            let answer = kafka.produce(producer, epoch: epoch, sequence: sequence, rows, isLate: true, now)
            note("late rows of producer \(producer) epoch \(epoch) sequence \(sequence) arrive: \(answer)")
        }
    }

    // MARK: Chance

    /// Whether a fault strikes here.
    mutating func strikes(_ fault: Fault) -> Bool {
        let draw = UInt16(truncatingIfNeeded: random.next() >> 40)
        guard now < plan.faultsEnd, plan.faultsLeft > 0, draw < plan.chances[fault.rawValue] else { return false }
        faultCount += 1
        if suppressed.contains(faultCount) { return false }
        plan.faultsLeft -= 1
        return true
    }

    // MARK: Notes

    @inline(__always)
    func note(_ text: @autoclosure () -> String) {
        if let trace { trace.lines.append("\(now) ms  \(text())") }
    }

    mutating func fail(_ kind: Violation.Kind, _ text: String) {
        guard violation == nil else { return }
        violation = Violation(kind: kind, text: text)
        note("VIOLATION \(kind.rawValue): \(text)")
    }

    private mutating func countSystems() {
        coverage.add(.transactionsTimedOut, kafka.timedOutCount)
        coverage.add(.sessionsExpired, kafka.group.expiredCount)
        if isFinished { coverage.add(.finished) }
    }

    // MARK: Instances

    mutating func startInstance() {
        if chosenStart != nil {
            // The operator's flag is taken away once something was committed by it, which is known when nothing is under way.
            if !isQuiet { return }
            let decided = decidedLineage.flatMap { Int($0.dropFirst()) } ?? 0
            if decided > forkLineage || hasCommittedFork { chosenStart = nil }
        }
        #if FAILPOINTS
            let machine = CommitProtocol(
                participants: participants, startingPoint: chosenStart ?? .committed, defect: mutant?.rawValue)
        #else
            let machine = CommitProtocol(participants: participants, startingPoint: chosenStart ?? .committed)
        #endif
        var instance = SimulatedInstance(number: instances.count, machine: machine, nextAt: now)
        instance.restartAt = now
        instances.append(instance)
        partitions.append(0)
        note("instance \(instance.number) starts")
    }

    /// Whether no request is under way that may still change a system.
    var isQuiet: Bool {
        lateRequests.isEmpty && store.writes.isEmpty && !kafka.hasOpenTransaction && !hasBackends
    }

    private var decidedLineage: String? {
        if variant.hasKafka { return kafka.offsets?.lineage }
        if !databases.isEmpty { return databases[0].current.entry?.committed?.lineage }
        return store.summaries().max { ($0.epoch, $0.name) < ($1.epoch, $1.name) }?.lineage
    }

    /// Whether the job has said that something was committed since the last start by hand.
    var hasCommittedFork: Bool {
        store.summaries().contains { $0.isAcknowledged && Int($0.lineage.dropFirst()) ?? 0 > forkLineage }
    }

    /// What keeps processes running: one at least, and now and then one too many.
    private mutating func supervise() {
        let pause = random.within(20...120)
        supervisorAt = now + pause
        var alive = 0
        var awake = 0
        for instance in instances where instance.isAlive {
            alive += 1
            if !instance.isAsleep { awake += 1 }
        }
        if isRefused { return }
        if isFinished {
            guard alive == 0 && !isAudited else { return }
            isAudited = true
            isFinished = false
            plan.faultsLeft = 0
            startInstance()
        } else if alive == 0 {
            startInstance()
        } else if chosenStart != nil {
            // An operator gives the flag to one instance, and waits until something was committed by it.
            if isQuiet && hasCommittedFork { chosenStart = nil }
        } else if alive < 3 && instances.count < 14 && (awake == 0 || strikes(.takeover)) {
            coverage.add(.takeovers)
            startInstance()
        }
        disturb()
    }

    // MARK: End

    private mutating func checkEnd() {
        if isRefused { return }
        let wanted = Recomputation.state(plan.records0, plan.records1)
        if variant.hasKafka && kafka.visible != wanted {
            fail(.sinksDiffer, "the topic shows \(kafka.visible.next0)+\(kafka.visible.next1) rows at the end")
        }
        for index in databases.indices where databases[index].current.rows != wanted {
            let rows = databases[index].current.rows
            fail(.sinksDiffer, "\(Self.databaseIDs[index]) holds \(rows.next0)+\(rows.next1) rows at the end")
        }
    }
}
