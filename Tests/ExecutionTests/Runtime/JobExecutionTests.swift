import Columnar
import Dataflow
import StateBackends
import TestKit
import Testing

@testable import Execution

/// Whole jobs of scripted parts on real threads.
@Suite(.timeLimit(.minutes(5)))
struct JobExecutionTests {
    private static func rows(_ count: Int, keys: Int64 = 10, firstTime: Int64 = 0) -> [ScriptedRow] {
        (0..<count).map { ScriptedRow(key: Int64($0) % keys, value: Int64($0), time: firstTime + Int64($0) * 1000) }
    }

    @Test(arguments: [1, 2, 4])
    func boundedJobDeliversEveryRowAndFinishes(parallelism: Int) throws {
        let harness = RuntimeHarness()
        let source = ScriptedSource(splitCount: 3, ending: .finished)
        for split in 0..<3 { source.append(Self.rows(10_000), to: split) }
        let sink = CollectingSink()
        let scan = harness.graph.addSource("scan")
        let sum = harness.graph.addOperator("sum", from: [(scan, .hash(columns: [0]))]) { SummingOperator() }
        let table = harness.graph.addSink("sink", from: [(sum, .forward)])
        harness.parts.sources[scan] = source
        harness.parts.sinks[table] = sink
        try harness.start(parallelism: parallelism)
        #expect(harness.waitForFinish())
        #expect(sink.rows.count == 30_000)
        // Each key's sums rise, and the last is the whole sum.
        var last: [Int64: Int64] = [:]
        for row in sink.rows { last[row.key] = max(last[row.key] ?? .min, row.value) }
        for key in 0..<10 {
            let expected = Self.rows(10_000).filter { $0.key == key }.reduce(0) { $0 + $1.value } * 3
            #expect(last[Int64(key)] == expected)
        }
        harness.stop()
        #expect(source.isStopped)
        #expect(harness.failures.isEmpty)
        let status = try #require(harness.execution?.status())
        #expect(status.vertices[scan].rowsOut == 30_000)
        #expect(status.vertices[sum].rowsIn == 30_000)
        #expect(status.vertices[table].rowsIn == 30_000)
    }

    @Test(arguments: [1, 2, 4])
    func rowsOfOneSplitAndKeyKeepTheirOrder(parallelism: Int) throws {
        let harness = RuntimeHarness()
        let source = ScriptedSource(splitCount: 4, ending: .finished)
        for split in 0..<4 {
            source.append(
                (0..<20_000).map { ScriptedRow(key: Int64(split * 100 + $0 % 7), value: Int64($0), time: Int64($0)) },
                to: split)
        }
        let sink = CollectingSink()
        let scan = harness.graph.addSource("scan")
        let pass = harness.graph.addOperator("pass", from: [(scan, .hash(columns: [0]))]) { PassThroughOperator() }
        let table = harness.graph.addSink("sink", from: [(pass, .forward)])
        harness.parts.sources[scan] = source
        harness.parts.sinks[table] = sink
        try harness.start(parallelism: parallelism) { $0.batchRowCount = 100 }
        #expect(harness.waitForFinish())
        var last: [Int64: Int64] = [:]
        for row in sink.rows {
            #expect(row.value > last[row.key] ?? -1)
            last[row.key] = row.value
        }
        #expect(sink.rows.count == 80_000)
    }

    @Test(arguments: [1, 2])
    func blockedSinkStopsReading(parallelism: Int) throws {
        let harness = RuntimeHarness()
        let source = ScriptedSource(splitCount: 1)
        source.append(Self.rows(100_000))
        let sink = CollectingSink(keepsRows: false)
        sink.setReady(false)
        let scan = harness.graph.addSource("scan")
        let pass = harness.graph.addOperator("pass", from: [(scan, .hash(columns: [0]))]) { PassThroughOperator() }
        let table = harness.graph.addSink("sink", from: [(pass, .rebalance)])
        harness.parts.sources[scan] = source
        harness.parts.sinks[table] = sink
        try harness.start(parallelism: parallelism) {
            $0.batchRowCount = 100
            $0.queueCapacity = 4
        }
        // The job comes to rest: all its workers are held back or idle.
        if parallelism > 1 { #expect(source.waitForReads(0, 100)) }
        let checkpoint = try? harness.checkpoint(1, seconds: 0.5)
        #expect(checkpoint == nil || parallelism == 1)
        // Two hops of at most `queueCapacity` batches of 100 rows to each of two subtasks, and one call's overshoot.
        #expect(source.readCount(0) <= 100 * (4 * parallelism * 2 + 4) * parallelism)
        #expect(sink.state.read { $0.rowCount } == 0)
        sink.setReady(true)
        #expect(sink.waitForRows(100_000))
    }

    @Test(arguments: [1, 2])
    func failingOperatorStopsEverythingAndNamesItself(parallelism: Int) throws {
        final class Failing: Operator {
            func process(_ batch: RecordBatch, input: Int, collector: any Collector) throws {
                throw DataflowError(.invalidData, "bad row")
            }
        }
        let harness = RuntimeHarness()
        let source = ScriptedSource(splitCount: 2)
        let sink = CollectingSink()
        let scan = harness.graph.addSource("scan")
        let bad = harness.graph.addOperator("bad", from: [(scan, .hash(columns: [0]))]) { Failing() }
        let table = harness.graph.addSink("sink", from: [(bad, .forward)])
        harness.parts.sources[scan] = source
        harness.parts.sinks[table] = sink
        try harness.start(parallelism: parallelism)
        source.append(Self.rows(100), to: 1)
        #expect(harness.waitForFailure())
        let failure = try #require(harness.failures.first)
        #expect(harness.failures.count == 1)
        #expect(failure.message == "bad row")
        #expect(failure.context.operatorName == "bad")
        #expect(failure.origin == .user)
        #expect(throws: ExecutionError.self) { try harness.checkpoint(1) }
        harness.stop()
        #expect(source.closedReaderCount == min(parallelism, 2))
        #expect(sink.state.read { $0.closedWriterCount } == parallelism)
    }

    @Test func failingSourceAndSinkAreReported() throws {
        for isSource in [true, false] {
            let harness = RuntimeHarness()
            let source = ScriptedSource(splitCount: 1)
            let sink = CollectingSink()
            let scan = harness.graph.addSource("scan")
            let table = harness.graph.addSink("sink", from: [(scan, .forward)])
            harness.parts.sources[scan] = source
            harness.parts.sinks[table] = sink
            try harness.start(parallelism: 1)
            let error = DataflowError(.unavailable, "away")
            if isSource { source.fail(error) } else { sink.fail(error) }
            source.append(Self.rows(1))
            #expect(harness.waitForFailure())
            let failure = try #require(harness.failures.first)
            #expect(failure.isRetriable)
            #expect(failure.context.operatorName == (isSource ? "scan" : "sink"))
        }
    }

    @Test(arguments: [1, 2, 4])
    func pausedSourcesAreLeftAloneAndCheckpointsAreTaken(parallelism: Int) throws {
        let harness = RuntimeHarness()
        let source = ScriptedSource(splitCount: 2)
        let sink = CollectingSink()
        let scan = harness.graph.addSource("scan")
        let table = harness.graph.addSink("sink", from: [(scan, .forward)])
        harness.parts.sources[scan] = source
        harness.parts.sinks[table] = sink
        try harness.start(parallelism: parallelism)
        source.append(Self.rows(10), to: 0)
        #expect(sink.waitForRows(10))
        harness.execution?.pause()
        _ = try harness.checkpoint(1)
        source.append(Self.rows(10), to: 1)
        let capture = try harness.checkpoint(2)
        #expect(capture.sources["scan"]?.map(\.nextOffset).sorted() == [0, 10])
        #expect(sink.rows.count == 10)
        harness.execution?.resume()
        #expect(sink.waitForRows(20))
    }

    @Test(arguments: [1, 2])
    func deadLettersReachTheirSinkFromSourcesAndOperators(parallelism: Int) throws {
        final class Rejecting: Operator {
            func process(_ batch: RecordBatch, input: Int, collector: any Collector) throws {
                let odd = SelectionVector((0..<Int32(batch.rowCount)).filter { $0 % 2 == 1 })
                collector.emitDeadLetters(batch.selecting(odd))
            }
        }
        let harness = RuntimeHarness()
        let source = ScriptedSource(splitCount: 1, ending: .finished)
        source.append(Self.rows(100))
        let (good, dead) = (CollectingSink(), CollectingSink())
        let scan = harness.graph.addSource("scan")
        let reject = harness.graph.addOperator("reject", from: [(scan, .forward)]) { Rejecting() }
        let table = harness.graph.addSink("good", from: [(reject, .forward)])
        let letters = harness.graph.addSink(
            "dead", from: [(scan, .rebalance), (reject, .rebalance)], output: .deadLetters)
        harness.parts.sources[scan] = source
        harness.parts.sinks = [table: good, letters: dead]
        try harness.start(parallelism: parallelism)
        #expect(harness.waitForFinish())
        #expect(good.rows.isEmpty)
        #expect(dead.rows.count == 50)
        #expect(harness.execution?.status().vertices[reject].deadLetters == 50)
    }

    @Test func stopReturnsAlthoughAConnectorHangs() throws {
        final class Hanging: Operator {
            let gate: Observed<Bool>
            let entered: Observed<Bool>

            init(_ gate: Observed<Bool>, _ entered: Observed<Bool>) {
                self.gate = gate
                self.entered = entered
            }

            func process(_ batch: RecordBatch, input: Int, collector: any Collector) throws {
                entered.update { $0 = true }
                _ = gate.wait { $0 }
            }
        }
        let (gate, entered) = (Observed(false), Observed(false))
        let harness = RuntimeHarness()
        let source = ScriptedSource(splitCount: 1)
        source.append(Self.rows(10))
        let scan = harness.graph.addSource("scan")
        let hang = harness.graph.addOperator("hang", from: [(scan, .forward)]) { Hanging(gate, entered) }
        let sink = CollectingSink()
        let table = harness.graph.addSink("sink", from: [(hang, .forward)])
        harness.parts.sources[scan] = source
        harness.parts.sinks[table] = sink
        try harness.start(parallelism: 1) { $0.stopTimeoutMilliseconds = 50 }
        #expect(entered.wait { $0 })
        harness.stop()
        #expect(source.isStopped)
        #expect(sink.state.read { $0.closedWriterCount } == 0)
        gate.update { $0 = true }
        #expect(sink.state.wait { $0.closedWriterCount == 1 })
    }

    @Test func stateOfAnotherJobIsRefusedAndEverythingClosed() throws {
        let harness = RuntimeHarness()
        let source = ScriptedSource(splitCount: 1)
        let sink = CollectingSink()
        let scan = harness.graph.addSource("scan")
        let sum = harness.graph.addOperator("sum", from: [(scan, .forward)]) { SummingOperator() }
        let table = harness.graph.addSink("sink", from: [(sum, .forward)])
        harness.parts.sources[scan] = source
        harness.parts.sinks[table] = sink
        let buffer = SnapshotBuffer()
        buffer.append(Int64(1))
        for (uid, name) in [("other", "sums"), ("sum", "other"), ("sum", "sums")] {
            let segment = RestoredSegment(
                operatorUID: uid, stateName: name, keyGroups: .init(count: 128, 0..<128), buffer: buffer)
            #expect(throws: (any Error).self) {
                try harness.start(parallelism: 1, restored: RestoredJob(segments: [segment]))
            }
        }
        #expect(source.isStopped)
        #expect(source.closedReaderCount == 3)
        #expect(sink.state.read { $0.closedWriterCount } == 3)
    }

    /// A column that was summed as a number of another type: the message says which state, what has changed, and what to do.
    @Test func stateSchemaChangeIsRefused() throws {
        let harness = RuntimeHarness()
        let source = ScriptedSource(splitCount: 1)
        let scan = harness.graph.addSource("scan")
        let sum = harness.graph.addOperator("sum", from: [(scan, .forward)]) { SummingOperator() }
        let table = harness.graph.addSink("sink", from: [(sum, .forward)])
        harness.parts.sources[scan] = source
        harness.parts.sinks[table] = CollectingSink()
        let saved = StateDescriptor(
            name: "sums", layout: "test-sums/1", keyFields: [Field("key", .bigint)],
            valueFields: [Field("sum", .double)])
        let segment = RestoredSegment(
            operatorUID: "sum", stateName: "sums", keyGroups: .init(count: 128, 0..<128), buffer: SnapshotBuffer(),
            range: 0..<1, descriptor: saved)
        let error = #expect(throws: DataflowError.self) {
            try harness.start(parallelism: 1, restored: RestoredJob(segments: [segment]))
        }
        #expect(error?.code == .refused)
        #expect(error?.message.contains("sum DOUBLE has become sum BIGINT") == true, "\(String(describing: error))")
        #expect(error?.message.contains("--from-checkpoint none") == true)
        #expect(source.isStopped)
    }

    @Test(arguments: [1, 2])
    func restingJobReadsNothingUntilItIsWoken(parallelism: Int) throws {
        let harness = RuntimeHarness()
        let source = ScriptedSource(splitCount: 2)
        source.append(Self.rows(10))
        let sink = CollectingSink()
        let scan = harness.graph.addSource("scan")
        let table = harness.graph.addSink("sink", from: [(scan, .hash(columns: [0]))])
        harness.parts.sources[scan] = source
        harness.parts.sinks[table] = sink
        let clock = ManualClock()
        try harness.start(parallelism: parallelism, clock: clock.clock)
        #expect(sink.waitForRows(10))
        // Rows do not wait for a full buffer when there is nothing else to do.
        #expect(sink.state.wait { $0.nudgeCount > 0 })
        // One read of each split has found its end.
        #expect(source.waitForCalls(2))
        _ = try harness.checkpoint(1)
        _ = try harness.checkpoint(2)
        #expect(source.callCount == 2)
    }

    /// A sink without room holds back what feeds it, which is told while it lasts.
    @Test func timeHeldBackIsThatOfTheTaskBeforeTheSink() throws {
        let harness = RuntimeHarness()
        let source = ScriptedSource(splitCount: 1, ending: .finished)
        source.append(Self.rows(20_000), to: 0)
        let sink = CollectingSink()
        sink.setReady(false)
        let scan = harness.graph.addSource("scan")
        let table = harness.graph.addSink("sink", from: [(scan, .forward)])
        harness.parts.sources[scan] = source
        harness.parts.sinks[table] = sink
        let clock = ManualClock()
        try harness.start(parallelism: 1, clock: clock.clock)
        let execution = try #require(harness.execution)
        // A step of time may fall beside the waiting, not most of them.
        for _ in 0..<20 where execution.status().vertices[scan].heldBackNanoseconds < 600_000_000 {
            let asked = sink.state.read { $0.refusalCount }
            sink.setReady(false)
            #expect(sink.state.wait(seconds: 60) { $0.refusalCount > asked })
            clock.advance(milliseconds: 100)
        }
        let status = execution.status()
        #expect(status.vertices[scan].heldBackNanoseconds >= 600_000_000)
        #expect(status.workers[0].heldBackNanoseconds >= 400_000_000)
        #expect(status.vertices[table].heldBackNanoseconds == 0)
        sink.setReady(true)
        #expect(harness.waitForFinish())
        harness.stop()
    }
}
