internal import Columnar
internal import Dataflow
internal import Failpoints
internal import StateBackends

/// The thread of a session: owns its connection and executes units and commands. Nothing of it leaves the thread.
final class SinkExecutor {
    let session: SinkSession
    let settings: SinkSessionSettings
    private var connection: PostgresConnection?
    private var transaction: SinkTransaction?
    private var bookkeeping: Bookkeeping?
    private var history: EpochHistory?
    private var preparedEpoch: Int64?
    /// The rows executed since the last commit; nil once it is known that nobody asks for them.
    private var redo: RedoLog? = RedoLog()
    /// Whether another system decides, which shows by its asking for the redo log.
    private var isFollower = false
    /// Whether the redo log was given up because it grew too large.
    private var hasOverflown = false
    /// Tables whose temporary twin this connection has.
    private var stages: Set<Int> = []

    init(_ session: SinkSession) {
        self.session = session
        settings = session.settings
        if let task = settings.task {
            bookkeeping = Bookkeeping(job: settings.job, task: task, owner: settings.session.applicationName)
            history = EpochHistory(job: settings.job, task: task)
        } else {
            redo = nil
        }
    }

    /// Works until the session closes.
    func run() {
        while true {
            switch session.nextWork() {
            case .unit(let unit, let writer): run(unit, writer)
            case .command(let command): run(command)
            case .stop:
                discard()
                disconnect()
                session.state.update { $0.isClosed = true }
                return
            }
        }
    }

    // MARK: Units

    private func run(_ unit: RowUnit, _ writer: Int) {
        var failure: PostgresConnectorError?
        if session.state.read({ $0.failure == nil }) {
            do {
                if settings.task == nil { try commitAlone(unit) } else { try execute(unit) }
            } catch {
                failure = error
                discard()
            }
        }
        unit.removeAll()
        let wakeUps = session.state.update { state in
            if let failure, state.failure == nil { state.failure = failure }
            state.writers[writer].finish(unit)
            return state.writersToWake()
        }
        for wakeUp in wakeUps { wakeUp() }
    }

    /// At-least-once: one transaction a unit, tried again on a new connection when that is lost.
    private func commitAlone(_ unit: RowUnit) throws(PostgresConnectorError) {
        var attempt = 0
        while true {
            do {
                try execute(unit)
                try connection?.commit()
                transaction = nil
                if attempt > 0 { tell(unit, .answered) }
                return
            } catch  where (error.isRetriable || error.code == .inDoubt) && attempt < settings.retryCount {
                discard()
                attempt += 1
                tell(unit, .retried(error.description))
                session.log(
                    LogEvent(
                        .warning, "rows for PostgreSQL are sent again",
                        ["attempt": String(attempt), "error": error.description]))
                let isClosing = session.state.wait(timeout: Backoff.delay(attempt)) { $0.isClosing ? true : nil }
                if isClosing == true { throw error }
            }
        }
    }

    private func tell(_ unit: RowUnit, _ news: SystemNews) {
        guard let name = session.state.read({ $0.targets[unit.table].operatorName }) else { return }
        settings.hear(name, news)
    }

    private func execute(_ unit: RowUnit) throws(PostgresConnectorError) {
        try openTransaction().execute(unit)
        // An epoch that grows large is ended early, so that its log stays within the limit.
        if let redo, redo.byteCount > settings.redoByteLimit / 2 { session.requestCheckpoint() }
        guard let redo, redo.byteCount > settings.redoByteLimit else { return }
        if isFollower { throw epochTooLarge }
        // Whether anybody will ask for the log is not known before the first epoch ends.
        self.redo = nil
        hasOverflown = true
        transaction?.redo = nil
    }

    private var epochTooLarge: PostgresConnectorError {
        PostgresConnectorError(
            .epochTooLarge,
            "the rows of one checkpoint need more than \(settings.redoByteLimit) bytes of redo log; take checkpoints "
                + "more often or raise 'sink.redo.max-bytes'")
    }

    private func openTransaction() throws(PostgresConnectorError) -> SinkTransaction {
        if let transaction { return transaction }
        let connection = try connect()
        let targets = session.state.read { $0.targets }
        for (number, target) in targets.enumerated() where target.table.keyCount > 0 && !stages.contains(number) {
            try connection.execute(target.table.createStageStatement(try SinkTransaction.stage(number)))
            stages.insert(number)
        }
        try Failpoint.postgresBeforeBegin.hit(PostgresConnectorError.atFailpoint)
        try connection.execute(settings.session.begin)
        try Failpoint.postgresAfterBegin.hit(PostgresConnectorError.atFailpoint)
        let opened = SinkTransaction(connection, targets: targets, settings: settings, log: session.log)
        opened.redo = redo
        transaction = opened
        return opened
    }

    private func connect() throws(PostgresConnectorError) -> PostgresConnection {
        if let connection, !connection.isLost { return connection }
        discard()
        try Failpoint.postgresBeforeConnect.hit(PostgresConnectorError.atFailpoint)
        let opened = try PostgresConnection(settings.parameters, session: settings.session, notices: session.log)
        try Failpoint.postgresAfterConnect.hit(PostgresConnectorError.atFailpoint)
        connection = opened
        stages = []
        let socket = opened.socket
        session.state.update { $0.socket = socket }
        return opened
    }

    /// Ends the open transaction, with its connection where that cannot be had otherwise.
    private func discard() {
        transaction = nil
        preparedEpoch = nil
        if redo != nil { redo = RedoLog() }
        guard let open = connection else { return }
        if open.isInTransaction { Failpoint.postgresBeforeRollback.hit() }
        if !open.isLost && open.isInTransaction, (try? open.execute("ROLLBACK")) != nil { return }
        if open.isLost || open.isInTransaction { disconnect() }
    }

    private func disconnect() {
        // Before the number of the socket can mean another one.
        session.state.update { $0.socket = nil }
        transaction = nil
        connection = nil
    }

    // MARK: Commands

    private func run(_ command: SinkCommand) {
        if !command.clearsFailure, let failure = session.state.read({ $0.failure }) {
            session.answer(.failure(failure))
            return
        }
        do {
            session.answer(.success(try answer(command)))
        } catch {
            discard()
            session.state.update { state in
                if state.failure == nil { state.failure = error }
                state.answer = .failure(error)
            }
        }
    }

    private func answer(_ command: SinkCommand) throws(PostgresConnectorError) -> SinkSession.SinkAnswer {
        switch command {
        case .fence:
            reset()
            // Whoever wrote before belongs to an attempt that is over, even if its worker has not noticed yet.
            session.state.update { state in
                for index in state.writers.indices { state.writers[index].close() }
            }
            return .fenced(try fence())
        case .abort:
            reset()
        case .redo(let epoch):
            return .redo(try takeRedo(epoch))
        case .prepare(let epoch):
            try prepare(epoch)
        case .commit(let entry):
            try commit(entry)
        case .applyRedo(let bytes, let entry):
            try apply(bytes, entry)
        }
        return .done
    }

    private func reset() {
        discard()
        let wakeUps = session.state.update { state in
            state.reset()
            return state.writersToWake()
        }
        for wakeUp in wakeUps { wakeUp() }
    }

    private func fence() throws(PostgresConnectorError) -> SinkSession.Fence {
        // The session that a commit was lost on may still be at work: what follows must not share anything with it.
        if bookkeeping?.ownerEpoch != nil { disconnect() }
        let connection = try connect()
        guard var bookkeeping else { return SinkSession.Fence() }
        try bookkeeping.createTable(connection)
        try Failpoint.postgresBeforeAcquire.hit(PostgresConnectorError.atFailpoint)
        let settings = settings
        // A session that was ended by another instance's fence looks like one that the server has lost. Said before the other one
        // is shut out in turn: the runtime decides how often that may go on.
        let row = "\(settings.parameters.identity) \(settings.job) \(settings.task ?? "")"
        let owner = try bookkeeping.currentOwner(connection)
        if settings.owners.isNewsOfTakeover(row, by: owner) {
            throw PostgresConnectorError(
                .fenced, "another instance of this job ('\(owner ?? "")') has taken over its bookkeeping row")
        }
        settings.owners.take(row, owner: settings.session.applicationName)
        // Often enough that the holder is found before the wait for the lock is over.
        let interval = min(settings.session.lockTimeout / 3, .milliseconds(500))
        let entry = try bookkeeping.acquire(connection, lookingEvery: interval) { () throws(PostgresConnectorError) in
            try PostgresConnection(settings.parameters, session: settings.session, notices: session.log)
        }
        self.bookkeeping = bookkeeping
        try Failpoint.postgresAfterAcquire.hit(PostgresConnectorError.atFailpoint)
        try bookkeeping.endLeftovers(connection)
        try history?.createTable(connection)
        try history?.load(connection)
        try Failpoint.postgresAfterFence.hit(PostgresConnectorError.atFailpoint)
        if let former = bookkeeping.formerServer.timeline, let now = bookkeeping.server.timeline, former != now {
            session.log(
                LogEvent(
                    .warning, "PostgreSQL was failed over to another server since the last commit",
                    ["timeline": "\(now)", "before": "\(former)", "checkpoint": "\(entry?.epoch ?? 0)"]))
        }
        return SinkSession.Fence(entry: entry, strangeness: bookkeeping.strangeness)
    }

    private func takeRedo(_ epoch: Int64) throws(PostgresConnectorError) -> SnapshotBuffer {
        if hasOverflown { throw epochTooLarge }
        guard let log = redo else {
            throw PostgresConnectorError(
                .internalError, "the redo log of checkpoint \(epoch) was not kept: the session decides by itself")
        }
        isFollower = true
        redo = RedoLog()
        transaction?.redo = nil
        try Failpoint.postgresRedoTaken.hit(PostgresConnectorError.atFailpoint)
        return log.finish()
    }

    private func prepare(_ epoch: Int64) throws(PostgresConnectorError) {
        // The redo log is asked for before the rows are prepared, or never.
        if !isFollower { redo = nil }
        let transaction = try openTransaction()
        try transaction.connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        try bookkeeping?.check(transaction.connection)
        transaction.report()
        preparedEpoch = epoch
    }

    private func commit(_ entry: BookkeepingEntry) throws(PostgresConnectorError) {
        guard let transaction, preparedEpoch == entry.epoch else {
            throw PostgresConnectorError(
                .internalError, "checkpoint \(entry.epoch) is committed without being prepared")
        }
        try finish(transaction, entry)
        let wakeUps = session.state.update { state in
            for index in state.writers.indices { state.writers[index].commit(entry.epoch) }
            return state.writersToWake()
        }
        for wakeUp in wakeUps { wakeUp() }
    }

    private func finish(_ transaction: SinkTransaction, _ entry: BookkeepingEntry) throws(PostgresConnectorError) {
        try Failpoint.postgresBeforeBookkeeping.hit(PostgresConnectorError.atFailpoint)
        try bookkeeping?.write(entry, transaction.connection)
        // Only an owner gets so far: nobody else writes a marker of this number.
        let rows = transaction.executedRows
        try history?.write(entry, rows: rows, transaction.connection)
        try Failpoint.postgresAfterBookkeeping.hit(PostgresConnectorError.atFailpoint)
        try Failpoint.postgresBeforeCommit.hit(PostgresConnectorError.atFailpoint)
        try transaction.connection.commit()
        try Failpoint.postgresAfterCommit.hit(PostgresConnectorError.inDoubtAtFailpoint)
        bookkeeping?.advance(to: entry)
        history?.advance(rows: rows)
        self.transaction = nil
        preparedEpoch = nil
        if redo != nil { redo = RedoLog() }
    }

    private func apply(_ bytes: [UInt8], _ entry: BookkeepingEntry) throws(PostgresConnectorError) {
        if let last = bookkeeping?.last, last.lineage == entry.lineage, last.epoch >= entry.epoch { return }
        isFollower = true
        redo = nil
        try Failpoint.postgresBeforeRedo.hit(PostgresConnectorError.atFailpoint)
        let transaction = try openTransaction()
        let signatures = transaction.targets.map(\.table.signature)
        var failure: PostgresConnectorError?
        bytes.withUnsafeBytes { bytes in
            do throws(PostgresConnectorError) {
                try RedoLog.read(bytes, table: { signatures.firstIndex(of: $0) }) {
                    block throws(PostgresConnectorError) in
                    switch block {
                    case .rows(let unit): try transaction.executeAgain(unit)
                    case .deadLetter(let row, let table): try transaction.keep([row], in: table)
                    }
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        try Failpoint.postgresAfterRedo.hit(PostgresConnectorError.atFailpoint)
        try finish(transaction, entry)
        redo = RedoLog()
    }
}
