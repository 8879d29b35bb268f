internal import Columnar
internal import Dataflow
internal import Expressions

/// What an operator does with rows whose expressions fail, by its policy. Used by one subtask.
///
/// Without failing rows a batch costs one look at an empty list.
final class RowQuarantine {
    private let action: RowErrorAction
    private let failures = RowErrors()
    private var context: OperatorContext?
    private var letters: DeadLetterWriter?

    init(_ policy: RowErrorPolicy) {
        action = policy.action
    }

    func open(_ context: OperatorContext) {
        self.context = context
        if action == .deadLetter { letters = DeadLetterWriter(job: context.job.name, clock: context.clock) }
    }

    /// Where evaluations over `batch` are to put failing rows, empty; nil where the first one is to be thrown.
    ///
    /// Of a delete only the key matters: what cannot be computed for it does no harm, so that its failure must be told
    /// from others under every policy.
    func collector(for batch: RecordBatch) -> RowErrors? {
        failures.removeAll()
        return action != .fail || batch.rowKinds != nil ? failures : nil
    }

    /// Counts a batch before its rows are evaluated.
    func count(_ batch: RecordBatch) {
        if action != .fail { context?.budget.count(rows: batch.selectedCount) }
    }

    /// The rows of `batch` but those that failed since `collector`, which are dealt with.
    ///
    /// - Parameter shown: the batch that stands for them in dead letters, by the same row numbers; `batch` if not given.
    /// - Throws: the first failure under the policy `fail`; too many failures under every other.
    func settle(
        _ batch: RecordBatch, shown: RecordBatch? = nil, _ collector: any Collector
    ) throws(DataflowError) -> RecordBatch {
        if failures.isEmpty { return batch }
        var rejected = Set<Int>()
        for failure in failures.failures where batch.rowKind(failure.row) != .delete {
            guard action != .fail else { throw OperatorsError.wrap(failure.error, in: context?.operatorName ?? "") }
            if rejected.insert(failure.row).inserted { try reject(failure, shown ?? batch, collector) }
        }
        failures.removeAll()
        if rejected.isEmpty { return batch }
        if let batch = letters?.take() { collector.emitDeadLetters(batch) }
        if action == .skip { context?.metrics.skippedRows.add(rejected.count) }
        return batch.selecting(Self.remaining(batch, without: rejected))
    }

    private func reject(
        _ failure: RowError, _ batch: RecordBatch, _ collector: any Collector
    ) throws(DataflowError) {
        let reason = "expression.\(failure.code.kebab)"
        let message = "\(failure.code.explanation), in \(failure.expression)"
        let name = context?.operatorName ?? ""
        let rejection = DeadLetterBudget.Rejection(
            reason: reason, message: message, place: batch.place(of: failure.row))
        if let excess = context?.budget.reject(rejection) {
            throw DataflowError(
                .limitExceeded,
                "\(excess). If the input has changed, mend the query and run the job again: nothing since the last checkpoint "
                    + "is lost; if so many are expected, raise 'millrace.dead-letter.limit'",
                context: ErrorContext(operatorName: name))
        }
        guard let letters else { return }
        letters.append(operatorName: name, reason: reason, message: message, batch, row: failure.row)
        if letters.isFull, let full = letters.take() { collector.emitDeadLetters(full) }
    }

    /// The rows of a batch but some.
    static func remaining(_ batch: RecordBatch, without rejected: Set<Int>) -> SelectionVector {
        var rows: [Int32] = []
        rows.reserveCapacity(batch.selectedCount)
        batch.forEachRow { row in
            if !rejected.contains(row) { rows.append(Int32(truncatingIfNeeded: row)) }
        }
        return SelectionVector(rows)
    }
}

extension ExpressionError.Code {
    /// `division-by-zero`: the code as reasons spell it.
    fileprivate var kebab: String {
        rawValue.reduce(into: "") { text, character in
            text += character.isUppercase ? "-" + character.lowercased() : String(character)
        }
    }
}
