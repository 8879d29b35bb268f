internal import CPostgres
internal import Columnar
internal import Dataflow
internal import Glibc
internal import StateBackends

/// What writers, the control thread and the thread of the connection share: one session with one database.
///
/// Writers hand units over and never wait; the session's own thread executes them in order; the control thread sends one
/// command at a time and waits for its answer.
final class SinkSession: Sendable {
    struct State: Sendable {
        var targets: [SinkTarget] = []
        var writers: [WriterQueue] = []
        var command: SinkCommand?
        var answer: Result<SinkAnswer, PostgresConnectorError>?
        /// Why units are dropped until the next fence or abort.
        var failure: PostgresConnectorError?
        /// Raised by every fence and abort: writers drop what they gathered before.
        var generation = 0
        var isClosing = false
        var isClosed = false
        /// The writer to be served next.
        var turn = 0
        /// The open connection's socket; set and taken back by the session's thread.
        var socket: Int32?
    }

    enum SinkAnswer: Sendable {
        case done
        case fenced(Fence)
        case redo(SnapshotBuffer)
    }

    /// What a fence found.
    struct Fence: Sendable {
        var entry: BookkeepingEntry?
        /// Why the entry cannot be relied on; nil where it can.
        var strangeness: String?
    }

    /// What the session's thread does next.
    enum Work: Sendable {
        case command(SinkCommand)
        case unit(RowUnit, writer: Int)
        case stop
    }

    let settings: SinkSessionSettings
    let log: @Sendable (LogEvent) -> Void
    /// Asks for the epoch to be ended now.
    let requestCheckpoint: @Sendable () -> Void
    let state = Monitor(State())
    /// How long rows of an epoch may be missing when its commit is prepared.
    static let handOverTimeout = Duration.seconds(120)

    init(
        _ settings: SinkSessionSettings, log: @escaping @Sendable (LogEvent) -> Void,
        requestCheckpoint: @escaping @Sendable () -> Void = {}
    ) throws(PostgresConnectorError) {
        self.settings = settings
        self.log = log
        self.requestCheckpoint = requestCheckpoint
        let session = self
        do {
            try DedicatedThread {
                millrace_pg_name_thread("postgres-sink")
                SinkExecutor(session).run()
            }
        } catch {
            throw PostgresConnectorError(.internalError, error.message, cause: error)
        }
    }

    /// Registers a table; answers its number, which is the same for an equal table.
    func register(_ target: SinkTarget) -> Int {
        state.update { state in
            if let known = state.targets.firstIndex(where: { $0.table == target.table && $0.onError == target.onError })
            {
                return known
            }
            state.targets.append(target)
            return state.targets.count - 1
        }
    }

    /// Registers a writer; answers its number.
    func openWriter(wakeUp: @escaping @Sendable () -> Void) -> Int {
        let commitsByItself = settings.task == nil
        return state.update { state in
            // Nobody fences such a session: a new writer means that the job has begun anew.
            if commitsByItself { state.failure = nil }
            state.writers.append(WriterQueue(wakeUp: wakeUp))
            return state.writers.count - 1
        }
    }

    /// Sends a command and waits for its answer. One thread at a time.
    func call(_ command: SinkCommand) throws(PostgresConnectorError) -> SinkAnswer {
        let isClosed = state.update { state in
            if state.isClosed || state.isClosing { return true }
            precondition(state.command == nil, "two commands at once")
            state.command = command
            return false
        }
        if isClosed { throw PostgresConnectorError(.internalError, "the PostgreSQL session was closed") }
        let answer = waitForAnswer(command)
        return try answer.get()
    }

    private func waitForAnswer(_ command: SinkCommand) -> Result<SinkAnswer, PostgresConnectorError> {
        let take = { @Sendable (state: inout State) -> Result<SinkAnswer, PostgresConnectorError>? in
            if let answer = state.answer {
                state.answer = nil
                state.command = nil
                return answer
            }
            return state.isClosed ? .failure(PostgresConnectorError(.internalError, "the session was closed")) : nil
        }
        if case .abort = command {
            if let answer = state.wait(timeout: settings.patience, take) { return answer }
            cutConnection()
        }
        return state.wait(take)
    }

    /// Ends whatever the session's thread waits for: its call fails as if the server had gone.
    private func cutConnection() {
        state.update { state in
            if let socket = state.socket { _ = shutdown(socket, Int32(SHUT_RDWR)) }
        }
    }

    /// Lets the thread end when it gets to it; units that wait are dropped.
    func requestClose() {
        state.update { $0.isClosing = true }
    }

    /// Ends the thread; units that wait are dropped.
    func close() {
        requestClose()
        if state.wait(timeout: settings.patience, { $0.isClosed ? true : nil }) == nil {
            cutConnection()
            _ = state.wait { $0.isClosed ? true : nil }
        }
    }

    /// Waits for something to do.
    func nextWork() -> Work {
        let work = state.wait { state -> Work?? in
            if let work = state.nextWork() { return .some(work) }
            return state.isAwaitingRows ? .some(nil) : nil
        }
        if let work { return work }
        // A command waits for rows. They come, or something that should hand them over is gone.
        if let work = state.wait(timeout: Self.handOverTimeout, { $0.nextWork() }) { return work }
        state.update { state in
            state.failure = PostgresConnectorError(
                .internalError, "a writer did not end its epoch within \(Self.handOverTimeout)")
        }
        return state.wait { $0.nextWork() }
    }

    /// Answers the command that is under way.
    func answer(_ answer: Result<SinkAnswer, PostgresConnectorError>) {
        state.update { $0.answer = answer }
    }
}

extension SinkSession.State {
    /// A command whose time has come, else a unit.
    mutating func nextWork() -> SinkSession.Work? {
        if isClosing { return .stop }
        if let command, answer == nil {
            guard let epoch = command.neededEpoch, failure == nil else { return .command(command) }
            var isComplete = true
            for index in writers.indices {
                if !writers[index].allow(epoch) || !writers[index].isDrained { isComplete = false }
            }
            if isComplete { return .command(command) }
        }
        for _ in writers.indices {
            turn = (turn + 1) % writers.count
            if let unit = writers[turn].takeUnit() { return .unit(unit, writer: turn) }
        }
        return nil
    }

    /// Whether a command cannot be carried out before writers have handed over their rows.
    var isAwaitingRows: Bool { command?.neededEpoch != nil && answer == nil }

    /// Drops all units and begins anew.
    mutating func reset() {
        generation += 1
        failure = nil
        for index in writers.indices { writers[index].reset() }
    }

    /// The writers that were held back and have room again, to be woken.
    mutating func writersToWake() -> [@Sendable () -> Void] {
        var wakeUps: [@Sendable () -> Void] = []
        for index in writers.indices where writers[index].isHeldBack && writers[index].hasRoom && writers[index].isOpen
        {
            writers[index].isHeldBack = false
            wakeUps.append(writers[index].wakeUp)
        }
        return wakeUps
    }
}
