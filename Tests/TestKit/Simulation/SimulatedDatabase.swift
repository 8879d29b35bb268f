internal import Dataflow

/// A PostgreSQL database as far as exactly-once depends on it: sessions, the bookkeeping row and its lock, commits that go on after their
/// client has gone, and a failover that loses the last of them.
struct SimulatedDatabase {
    /// The row of the job's bookkeeping table.
    struct Entry {
        var ownerEpoch: Int64 = 0
        var committed: CommittedEpoch?
    }

    /// Everything that one commit left.
    struct Version {
        var rows = JobState()
        var entry: Entry?
    }

    enum Phase {
        case idle, open, committing, ended
    }

    struct Backend {
        var phase = Phase.idle
        var rows: OutputRows?
        var entry: Entry?
        /// When a backend whose client has gone is done with what it does.
        var resolvesAt: Int32 = .max
    }

    enum Answer {
        case done
        /// Another session holds the row.
        case blocked
        /// The condition found no row.
        case refused
        /// The session is gone.
        case lost
    }

    static let keptVersionCount = 12

    private(set) var versions: [Version] = [Version()]
    var backends: [Backend] = []
    private(set) var lockHolder = -1
    var fault: Violation.Kind?

    var current: Version { versions[versions.count - 1] }

    mutating func settle(_ now: Int32) {
        for index in backends.indices where backends[index].resolvesAt <= now {
            backends[index].resolvesAt = .max
            if backends[index].phase == .committing { commit(index) } else { endSession(index) }
        }
    }

    mutating func connect() -> Int {
        backends.append(Backend())
        return backends.count - 1
    }

    func isAlive(_ session: Int) -> Bool { session >= 0 && backends[session].phase != .ended }

    /// Raises the owner's epoch and answers what the row said, after any commit under way.
    mutating func acquire(_ session: Int, isMutated: Bool) -> (answer: Answer, entry: Entry) {
        if !isAlive(session) { return (.lost, Entry()) }
        if lockHolder >= 0 && lockHolder != session { return (.blocked, Entry()) }
        var entry = current.entry ?? Entry()
        if !isMutated { entry.ownerEpoch += 1 }
        append(Version(rows: current.rows, entry: entry))
        return (.done, entry)
    }

    mutating func open(_ session: Int, _ rows: OutputRows) -> Answer {
        if !isAlive(session) { return .lost }
        backends[session].phase = .open
        backends[session].rows = rows
        return .done
    }

    /// The last statement of a transaction: says what it commits, where the row is still what `condition` says, and keeps the row locked.
    mutating func write(_ session: Int, _ entry: Entry, where condition: (Entry) -> Bool) -> Answer {
        if !isAlive(session) { return .lost }
        if lockHolder >= 0 && lockHolder != session { return .blocked }
        guard let found = current.entry, condition(found) else { return .refused }
        backends[session].entry = entry
        lockHolder = session
        return .done
    }

    mutating func commit(_ session: Int) {
        let backend = backends[session]
        backends[session].phase = .idle
        backends[session].rows = nil
        backends[session].entry = nil
        if lockHolder == session { lockHolder = -1 }
        var version = current
        if let rows = backend.rows, !rows.isEmpty {
            if let found = SinkOracle.fault(rows, after: version.rows) {
                fault = fault ?? found
                return
            }
            version.rows = rows.after
        }
        if let entry = backend.entry { version.entry = entry }
        append(version)
        if backend.resolvesAt != .max || backend.phase == .committing { backends[session].phase = .ended }
    }

    mutating func endSession(_ session: Int) {
        guard session >= 0 else { return }
        backends[session].phase = .ended
        backends[session].rows = nil
        if lockHolder == session { lockHolder = -1 }
    }

    /// The client is gone without a word; the backend notices later, or finishes its commit later.
    mutating func abandon(_ session: Int, isCommitting: Bool, at time: Int32) {
        guard isAlive(session) else { return }
        if isCommitting { backends[session].phase = .committing }
        backends[session].resolvesAt = time
    }

    /// Ends the session that holds the row; a commit that waits for its standby is done by then.
    mutating func terminateHolder() {
        guard lockHolder >= 0 else { return }
        let holder = lockHolder
        backends[holder].resolvesAt = .max
        if backends[holder].phase == .committing { commit(holder) } else { endSession(holder) }
    }

    /// A standby that lacks the last `lag` commits takes over.
    mutating func failOver(losing lag: Int) -> Int {
        let lost = min(lag, versions.count - 1)
        versions.removeLast(lost)
        for index in backends.indices {
            backends[index].phase = .ended
            backends[index].resolvesAt = .max
        }
        lockHolder = -1
        return lost
    }

    mutating func reset(to content: JobState) {
        _ = failOver(losing: 0)
        let entry = current.entry
        versions = [Version(rows: content, entry: entry)]
    }

    private mutating func append(_ version: Version) {
        if versions.count >= Self.keptVersionCount { versions.removeFirst() }
        versions.append(version)
    }
}
