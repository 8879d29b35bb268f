package import Columnar
package import Dataflow
package import StateBackends

/// A subtask of `TemporalJoinFactory`.
///
/// A left row with time t waits until the watermark is at least t and then takes the version of its key with the
/// greatest time <= t, so its result does not depend on the order of arrival. A left row that comes late is answered at
/// once; if its time is further than the retention behind the watermark it finds nothing. A left row without a time, or
/// with a null in its key, finds nothing. A right row without a time, or with a null in its key, is a version of
/// nothing: it is left out and counted as skipped. A late right row is stored for left rows to come.
package final class TemporalJoinOperator: Operator {
    /// Entries to look at for versions that are not needed any more, at each advance.
    private static let sweepBudget = 4096

    private let spec: TemporalJoinFactory
    private let output: JoinOutput
    private var opened: Opened?
    private var watermark = Timestamp.min

    private struct Opened {
        var versions: VersionedTable
        var waiting: RowBuffer
        var metrics: SubtaskMetrics
        var operatorName: String
    }

    init(_ factory: TemporalJoinFactory) throws {
        spec = factory
        output = try JoinOutput(factory.join)
    }

    package var states: [any CheckpointedState] {
        guard let opened else { return [] }
        return [opened.versions, opened.waiting]
    }

    package func open(_ context: OperatorContext) {
        let placement = KeyGroupPlacement(owned: context.keyGroups, count: context.keyGroupCount)
        output.residual?.open(context)
        opened = Opened(
            versions: VersionedTable(
                name: "versions", schema: spec.join.right, keyColumns: spec.join.rightKeys,
                timeColumn: spec.rightTime, placement: placement),
            waiting: RowBuffer(
                name: "waiting",
                RowBuffer.Shape(
                    schema: spec.join.left, keyColumns: spec.join.leftKeys, timeColumn: spec.leftTime,
                    places: spec.tracksOrigins ? .kept : .dropped), placement: placement),
            metrics: context.metrics, operatorName: context.operatorName)
    }

    package func process(_ batch: RecordBatch, input: Int, collector: any Collector) throws {
        let opened = try open()
        if input == 1 { return try store(batch, opened) }
        if batch.rowKinds != nil {
            throw DataflowError(.internal, "the left side of a temporal join is not append-only")
        }
        let (waiting, immediate, lateCount) = divide(batch)
        if lateCount > 0 { opened.metrics.lateRows[0].add(lateCount) }
        if let waiting { opened.waiting.append(waiting) }
        if let immediate { try answerLate(immediate, opened, collector) }
    }

    package func advance(to watermark: Timestamp, collector: any Collector) throws {
        if watermark <= self.watermark { return }
        let opened = try open()
        self.watermark = watermark
        try opened.waiting.release(upTo: watermark) { batch in
            let matches = output.matches(for: batch)
            opened.versions.find(batch, keys: spec.join.leftKeys, time: spec.leftTime, into: matches)
            try emit(batch, matches, opened, collector)
        }
        // After the last watermark nobody asks any more, and a later run may go on from this state.
        if watermark < .max { opened.versions.sweep(horizon: horizon, budget: Self.sweepBudget) }
    }

    /// Times before it find nothing.
    private var horizon: Timestamp {
        watermark == .max ? .min : watermark.movedBack(byMicroseconds: spec.retentionMicroseconds)
    }

    private func open() throws(DataflowError) -> Opened {
        guard let opened else { throw DataflowError(.internal, "a temporal join that has not been opened") }
        return opened
    }

    private func store(_ batch: RecordBatch, _ opened: Opened) throws {
        let time = batch.columns[spec.rightTime]
        let limit = watermark.microseconds
        var late = 0
        var skipped = 0
        batch.forEachRow { row in
            if !time.isValid(row) {
                skipped &+= 1
            } else if time.int64s[row] <= limit {
                late &+= 1
            }
        }
        if late > 0 { opened.metrics.lateRows[1].add(late) }
        if skipped > 0 { opened.metrics.skippedRows.add(skipped) }
        do {
            try opened.versions.put(batch, horizon: horizon)
        } catch {
            throw OperatorsError.wrap(error, in: opened.operatorName)
        }
    }

    /// The rows that have to wait, and those that are answered at once because they are late or have no time.
    private func divide(_ batch: RecordBatch) -> (waiting: RecordBatch?, immediate: RecordBatch?, lateCount: Int) {
        let time = batch.columns[spec.leftTime]
        let times = time.int64s
        let limit = watermark.microseconds
        var immediateCount = 0
        batch.forEachRow { row in immediateCount &+= times[row] <= limit || !time.isValid(row) ? 1 : 0 }
        if immediateCount == 0 { return (batch, nil, 0) }
        let waiting = UnsafeMutablePointer<Int32>.allocate(capacity: batch.selectedCount)
        let immediate = UnsafeMutablePointer<Int32>.allocate(capacity: batch.selectedCount)
        var waitingCount = 0
        var lateCount = 0
        immediateCount = 0
        batch.forEachRow { row in
            if time.isValid(row) && times[row] > limit {
                waiting[waitingCount] = Int32(truncatingIfNeeded: row)
                waitingCount &+= 1
            } else {
                immediate[immediateCount] = Int32(truncatingIfNeeded: row)
                immediateCount &+= 1
                lateCount &+= time.isValid(row) ? 1 : 0
            }
        }
        let waitingRows = SelectionVector(adopting: waiting, count: waitingCount)
        let immediateRows = SelectionVector(adopting: immediate, count: immediateCount)
        return (
            waitingCount == 0 ? nil : batch.selecting(waitingRows), batch.selecting(immediateRows), lateCount
        )
    }

    private func answerLate(_ batch: RecordBatch, _ opened: Opened, _ collector: any Collector) throws {
        let matches = output.matches(for: batch)
        opened.versions.find(batch, keys: spec.join.leftKeys, time: spec.leftTime, into: matches)
        let times = batch.columns[spec.leftTime].int64s
        let limit = horizon.microseconds
        // What is held that far back depends on when it was swept; the answer must not.
        batch.forEachRow { row in if times[row] < limit { matches.removeMatch(row) } }
        try emit(batch, matches, opened, collector)
    }

    private func emit(
        _ batch: RecordBatch, _ matches: TableMatches, _ opened: Opened, _ collector: any Collector
    ) throws {
        let joined = try output.join(batch, matches, collector) { rows in opened.versions.columns(matches, for: rows) }
        if let joined { collector.emit(joined) }
    }
}
