internal import Dataflow

/// A table that a session writes to, with what becomes of rows that it refuses.
struct SinkTarget: Sendable {
    let table: TableTarget
    let onError: PostgresOptions.ErrorPolicy
    /// Nil under the policy `fail`, which needs no row to be named.
    let deferred: DeferredConstraints?
    /// What the table may refuse.
    let budget: DeadLetterBudget
    /// The sink's operator, for reports.
    var operatorName: String?

    /// Counts a refused row.
    ///
    /// - Throws: when there are too many.
    func countRefusal(_ reason: String, _ message: String, place: String?) throws(PostgresConnectorError) {
        let rejection = DeadLetterBudget.Rejection(reason: reason, message: message, place: place)
        guard let excess = budget.reject(rejection) else { return }
        throw PostgresConnectorError(
            .tooManyRefused,
            "\(excess). If the table or the input has changed, mend the table or the query and run the job again: nothing since "
                + "the last checkpoint is lost; if so many are expected, raise 'sink.dead-letter.limit'",
            place: "table \(table.name)")
    }
}

/// How a session writes: what all its sinks share.
struct SinkSessionSettings: Sendable {
    let parameters: ConnectionParameters
    let session: SessionSettings
    let job: String
    /// The name of the bookkeeping row within the job; nil for a session that commits every unit by itself.
    let task: String?
    let retryCount: Int
    let redoByteLimit: Int
    /// Of the whole process, over all attempts.
    var owners = OwnerNames()
    /// Takes what the session meets, by the names of the operators whose rows it writes.
    var hear: @Sendable (_ operatorName: String, SystemNews) -> Void = { _, _ in }

    /// How long an abort waits for the statement under way before it cuts the connection: longer than for any lock.
    var patience: Duration { max(session.lockTimeout * 2, .seconds(1)) }
}

/// What the control thread asks of a session's thread.
enum SinkCommand: Sendable {
    case fence
    /// Waits for all rows of the epoch and answers their redo log.
    case redo(epoch: Int64)
    /// Waits for all rows of the epoch and executes them.
    case prepare(epoch: Int64)
    case commit(BookkeepingEntry)
    case abort
    case applyRedo([UInt8], BookkeepingEntry)

    /// The epoch whose rows must have been executed before.
    var neededEpoch: Int64? {
        switch self {
        case .redo(let epoch), .prepare(let epoch): epoch
        default: nil
        }
    }

    /// Whether the command clears an earlier failure instead of answering it.
    var clearsFailure: Bool {
        switch self {
        case .fence, .abort: true
        default: false
        }
    }
}
