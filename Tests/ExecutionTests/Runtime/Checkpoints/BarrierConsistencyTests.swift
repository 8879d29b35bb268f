import Columnar
import Dataflow
import Foundation
import StateBackends
import TestKit
import Testing

@testable import Execution

/// A capture holds exactly the rows before its barrier: in the state, in the positions and in what sinks were told.
@Suite(.timeLimit(.minutes(5)))
struct BarrierConsistencyTests {
    private static let splitCount = 3

    private struct Job {
        let harness = RuntimeHarness()
        let source = ScriptedSource(splitCount: splitCount)
        let other = ScriptedSource(topic: "other", splitCount: 2)
        let sink = CollectingSink()

        /// scan and other, both into sums by key; scan on two ways, one of them over a rebalance.
        init() {
            let scan = harness.graph.addSource("scan")
            let second = harness.graph.addSource("other")
            let detour = harness.graph.addOperator("detour", from: [(scan, .rebalance)]) { PassThroughOperator() }
            let sum = harness.graph.addOperator(
                "sum",
                from: [
                    (scan, .hash(columns: [0])), (detour, .hash(columns: [0])), (second, .hash(columns: [0])),
                ], inputNumbers: [0, 1, 1]
            ) { SummingOperator() }
            let table = harness.graph.addSink("sink", from: [(sum, .rebalance)])
            harness.parts.sources = [scan: source, second: other]
            harness.parts.sinks = [table: sink]
        }
    }

    /// Sums by key of the first rows of each split; those of `scan` arrive twice.
    private static func expected(
        _ rows: [SplitID: [ScriptedRow]], upTo positions: [SplitID: Int64]
    ) -> [Int64: Int64] {
        var sums: [Int64: Int64] = [:]
        for (id, position) in positions {
            for row in (rows[id] ?? []).prefix(Int(position)) {
                sums[row.key, default: 0] += row.value * (id.topic == "other" ? 1 : 2)
            }
        }
        return sums.filter { $0.value != 0 }
    }

    private static func positions(_ capture: CheckpointCapture) -> [SplitID: Int64] {
        let states = capture.sources.values.joined()
        return Dictionary(uniqueKeysWithValues: states.map { ($0.id, $0.nextOffset) })
    }

    private static func sums(_ capture: CheckpointCapture) -> [Int64: Int64] {
        var sums: [Int64: Int64] = [:]
        for segment in capture.segments where segment.kind == .full {
            for (key, sum) in SummingState.entries(segment.buffer.bytes) { sums[key] = sum }
        }
        return sums.filter { $0.value != 0 }
    }

    @Test(arguments: [(1, UInt64(11)), (2, 12), (2, 13), (4, 14), (3, 15)])
    func snapshotsAreTheRowsBeforeTheBarrierUnderLoad(parallelism: Int, seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let job = Job()
        var rows: [SplitID: [ScriptedRow]] = [:]
        let batchRowCount = Int.random(in: 1...64, using: &random)
        let queueCapacity = Int.random(in: 1...4, using: &random)
        try job.harness.start(parallelism: parallelism) {
            $0.batchRowCount = batchRowCount
            $0.queueCapacity = queueCapacity
        }
        for epoch in 1...20 {
            for _ in 0..<Int.random(in: 1...5, using: &random) {
                let isOther = Bool.random(using: &random)
                let split = Int.random(in: 0..<(isOther ? 2 : Self.splitCount), using: &random)
                let new = (0..<Int.random(in: 0...400, using: &random)).map { _ in
                    ScriptedRow(
                        key: Int64.random(in: 0..<50, using: &random), value: Int64.random(in: 1...9, using: &random),
                        time: Int64(epoch))
                }
                let source = isOther ? job.other : job.source
                source.append(new, to: split)
                rows[source.id(split), default: []].append(contentsOf: new)
            }
            job.sink.setReady(true)
            let capture = try job.harness.checkpoint(Int64(epoch), full: 0..<128)
            let positions = Self.positions(capture)
            #expect(Self.sums(capture) == Self.expected(rows, upTo: positions), "seed \(seed), epoch \(epoch)")
            let delivered = positions.reduce(0) { $0 + Int($1.value) * ($1.key.topic == "other" ? 1 : 2) }
            #expect(job.sink.rows(beforeEpoch: Int64(epoch)).count == delivered, "seed \(seed), epoch \(epoch)")
            if Bool.random(using: &random) { job.sink.setReady(false) }
            if Bool.random(using: &random) { job.sink.setReady(true) }
        }
    }

    @Test(arguments: [(1, 2, UInt64(21)), (2, 1, 22), (2, 4, 23), (4, 2, 24)])
    func restoringWithAnotherParallelismGoesOnWhereTheCaptureWas(before: Int, after: Int, seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let rows = (0..<(Self.splitCount)).map { _ in
            (0..<5000).map { index in
                ScriptedRow(key: Int64.random(in: 0..<99, using: &random), value: 1, time: Int64(index))
            }
        }
        let first = Job()
        for (split, rows) in rows.enumerated() { first.source.append(rows, to: split) }
        try first.harness.start(parallelism: before) { $0.batchRowCount = 16 }
        #expect(first.source.waitForReads(0, 100))
        let capture = try first.harness.checkpoint(1, full: 0..<128)
        first.harness.stop()
        let delivered = first.sink.rows(beforeEpoch: 1)

        let second = Job()
        for (split, rows) in rows.enumerated() {
            second.source.append(rows, to: split)
            second.source.setEnding(.finished, of: split)
        }
        for split in 0..<2 { second.other.setEnding(.finished, of: split) }
        try second.harness.start(parallelism: after, restored: capture.restored())
        #expect(second.harness.waitForFinish())
        let final = try second.harness.checkpoint(2, full: 0..<128)
        #expect(final.isFinal)
        #expect(delivered.count + second.sink.rows.count == 2 * 3 * 5000, "seed \(seed)")
        let all = Dictionary(uniqueKeysWithValues: rows.enumerated().map { (first.source.id($0), $1) })
        #expect(Self.sums(final) == Self.expected(all, upTo: Self.positions(final)), "seed \(seed)")
    }

    @Test func onlyTheRequestedKeyGroupsAreCapturedInFull() throws {
        let job = Job()
        try job.harness.start(parallelism: 2)
        job.source.append((0..<1000).map { ScriptedRow(key: $0, value: 1, time: 0) })
        #expect(job.sink.waitForRows(2000))
        let capture = try job.harness.checkpoint(1, full: 30..<70)
        let full = capture.segments.filter { $0.kind == .full }.map(\.keyGroups).sorted {
            $0.lowerBound < $1.lowerBound
        }
        #expect(full == [30..<64, 64..<70])
        #expect(capture.segments.filter { $0.kind == .changes }.map(\.keyGroups.count) == [64, 64])
        #expect(capture.descriptors["sum"]?.map(\.name) == ["sums"])
        #expect(capture.stateByteCount == 16_000)
        // Nothing changed since: no segment of changes.
        let next = try job.harness.checkpoint(2)
        #expect(next.segments.isEmpty)
    }

    @Test(arguments: [1, 2])
    func checkpointsAreTakenAfterTheSourcesHaveEnded(parallelism: Int) throws {
        let job = Job()
        for split in 0..<Self.splitCount { job.source.setEnding(.finished, of: split) }
        job.source.append([ScriptedRow(key: 1, value: 5, time: 3)])
        try job.harness.start(parallelism: parallelism)
        #expect(job.sink.waitForRows(2))
        #expect(try !job.harness.checkpoint(1).isFinal)
        for split in 0..<2 { job.other.setEnding(.finished, of: split) }
        #expect(job.harness.waitForFinish())
        let final = try job.harness.checkpoint(2, full: 0..<128)
        #expect(final.isFinal)
        #expect(Self.sums(final) == [1: 10])
        #expect(try job.harness.checkpoint(3).isFinal)
    }
}
