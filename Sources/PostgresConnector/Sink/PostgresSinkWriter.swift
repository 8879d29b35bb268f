internal import Columnar
internal import Dataflow

/// Encodes the batches of one subtask and hands them to the session's thread in units. Owned by one worker thread.
final class PostgresSinkWriter: SinkWriter {
    /// What a writer is made for.
    struct Target {
        /// The table's number in the session.
        let number: Int
        let sink: SinkTarget
        let unitSize: UnitSize

        var table: TableTarget { sink.table }
        var onError: PostgresOptions.ErrorPolicy { sink.onError }
    }

    /// Rows that are worth a unit of their own while the session has nothing to do.
    static let nudgeRowCount = 1000

    private let session: SinkSession
    private let target: Target
    private let number: Int
    private let encoder: RowEncoder
    private var unit: RowUnit?
    private var generation = 0
    private var refusedCount = 0
    private(set) var writtenByteCount = 0

    init(_ session: SinkSession, _ target: Target, wakeUp: @escaping @Sendable () -> Void) {
        self.session = session
        self.target = target
        number = session.openWriter(wakeUp: wakeUp)
        let keepsRows = if case .deadLetter = target.onError { true } else { false }
        encoder = RowEncoder(
            columns: target.table.columns, keyCount: target.table.keyCount, origins: keepsRows ? .kept : .dropped)
        generation = session.state.read { $0.generation }
    }

    deinit {
        close()
    }

    var isReady: Bool {
        let number = self.number
        return session.state.update { state in
            // A failure is told by the next write.
            if state.writers[number].hasRoom || state.failure != nil { return true }
            state.writers[number].isHeldBack = true
            return false
        }
    }

    func write(_ batch: RecordBatch) throws {
        try refresh()
        let unit = takeUnit()
        if target.onError != .fail { target.sink.budget.count(rows: batch.selectedCount) }
        let before = unit.byteCount
        let refusals = encoder.encode(batch, into: unit)
        writtenByteCount += unit.byteCount - before
        if !refusals.isEmpty { try handle(refusals, of: batch, unit) }
        if isDue(unit) { handOver() }
    }

    private func isDue(_ unit: RowUnit) -> Bool {
        let size = target.unitSize
        if unit.rowCount >= size.maximumRowCount || unit.byteCount >= size.maximumByteCount { return true }
        guard unit.rowCount >= size.readyRowCount else { return false }
        return session.state.read { [number] in $0.writers[number].outstandingCount == 0 }
    }

    func nudge() throws {
        try refresh()
        guard let unit, !unit.isEmpty else { return }
        let isIdle = session.state.read { [number] in $0.writers[number].units.isEmpty }
        let isVisibleAtOnce = session.settings.task == nil
        if isIdle && (isVisibleAtOnce || unit.rowCount >= Self.nudgeRowCount) { handOver() }
    }

    func endEpoch(_ epoch: Int64) throws {
        try refresh()
        handOver()
        // Where no epoch is committed, rows of the next one wait for nothing.
        guard session.settings.task != nil else { return }
        session.state.update { [number] in $0.writers[number].endEpoch(epoch) }
    }

    func flush() throws {
        try refresh()
        handOver()
        let failure = session.state.wait { [number] state -> PostgresConnectorError?? in
            if let failure = state.failure { return .some(failure) }
            return state.writers[number].outstandingCount == 0 || state.isClosed ? .some(nil) : nil
        }
        if let failure { throw DataflowError(failure) }
    }

    func close() {
        session.state.update { [number] in $0.writers[number].close() }
    }

    /// Drops what was gathered before an abort, and tells of a failure of the session.
    private func refresh() throws {
        let (current, failure, isOpen) = session.state.read { [number] in
            ($0.generation, $0.failure, $0.writers[number].isOpen)
        }
        if let failure { throw DataflowError(failure) }
        if !isOpen { throw DataflowError(.internal, "a writer was used after a fence or its own end") }
        if current != generation {
            generation = current
            unit?.removeAll()
        }
    }

    private func takeUnit() -> RowUnit {
        if let unit { return unit }
        let spare = session.state.update { [number] in $0.writers[number].spares.popLast() }
        let unit = spare ?? RowUnit(table: target.number)
        self.unit = unit
        return unit
    }

    private func handOver() {
        guard let unit, !unit.isEmpty else { return }
        self.unit = nil
        session.state.update { [number, generation] state in
            // After an abort these rows must not be seen any more.
            if state.generation == generation { state.writers[number].append(unit) }
        }
    }

    private func handle(_ refusals: [RowEncoder.Refusal], of batch: RecordBatch, _ unit: RowUnit) throws {
        let name = target.table.name.description
        switch target.onError {
        case .fail:
            let first = refusals[0]
            throw DataflowError(
                PostgresConnectorError(
                    .rowRefused,
                    "column \(target.table.columns[first.column].name.name) is given \(first.reason.text); correct "
                        + "the query, or set 'sink.on-error' to 'skip' or 'dead-letter'",
                    sqlState: first.reason.sqlState, place: "table \(name)"))
        case .skip:
            for refusal in refusals { try count(refusal, of: batch) }
            refusedCount += refusals.count
            session.log(LogEvent(.warning, "rows were left out", ["table": name, "rows": String(refusals.count)]))
        case .deadLetter:
            for refusal in refusals {
                try count(refusal, of: batch)
                let why = RefusedRow.Refusal(
                    table: name, reason: "postgres.\(refusal.reason.sqlState)", message: message(refusal))
                unit.refusedRows.append(RefusedRow(why, (batch, refusal.row)))
            }
        }
    }

    private func count(_ refusal: RowEncoder.Refusal, of batch: RecordBatch) throws {
        do {
            try target.sink.countRefusal(
                "postgres.\(refusal.reason.sqlState)", message(refusal), place: batch.place(of: refusal.row))
        } catch {
            throw DataflowError(error)
        }
    }

    private func message(_ refusal: RowEncoder.Refusal) -> String {
        "column \(target.table.columns[refusal.column].name.name) is given \(refusal.reason.text)"
    }
}
