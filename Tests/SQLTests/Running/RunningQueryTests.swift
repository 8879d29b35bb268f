import Dataflow
import Execution
import Expressions
import StateBackends
import TestKit
import Testing

@testable import SQL

/// Queries compiled and run by the real operators and runtime give the rows of the plans as written, at every parallelism and
/// over a restart in mid-stream.
struct RunningQueryTests {
    /// A run of all queries of `FilmQueries` in one job.
    private struct Run {
        var execution: JobExecution
        var sinks: [MemorySink]
        let events: Observed<[ExecutionEvent]>
    }

    @Test(.timeLimit(.minutes(5)), arguments: [1, 2, 3], [UInt64(1), 2])
    func runsGiveTheRowsOfThePlansAsWritten(parallelism: Int, seed: UInt64) throws {
        let tables = FilmQueries.randomTables(seed: seed)
        let script = try FilmQueries.bind()
        let run = try start(tables, parallelism: parallelism)
        #expect(finishes(run), "seed \(seed): \(run.events.read { $0 })")
        run.execution.stop()
        try expectRows(of: script, tables, run.sinks.map { $0.changes() }, "seed \(seed)")
    }

    @Test(.timeLimit(.minutes(5)), arguments: [(1, 1), (2, 2), (2, 1), (1, 3)], [UInt64(3), 4])
    func aRestartFromACheckpointGoesOnWithTheSameRows(parallelism: (Int, Int), seed: UInt64) throws {
        let tables = FilmQueries.randomTables(seed: seed)
        let script = try FilmQueries.bind()
        let first = try start(tables, parallelism: parallelism.0, hold: ["plays": 11, "ratings": 25])
        let capture = try checkpoint(first, epoch: 1)
        first.execution.stop()
        #expect(!capture.isFinal)
        let second = try start(tables, parallelism: parallelism.1, restored: capture.restored)
        #expect(finishes(second), "seed \(seed): \(second.events.read { $0 })")
        second.execution.stop()
        let rows = zip(first.sinks, second.sinks).map { $0.changes(beforeEpoch: 1) + $1.changes() }
        try expectRows(of: script, tables, rows, "seed \(seed), parallelism \(parallelism)")
    }

    private func expectRows(
        of script: BoundScript, _ tables: [String: [PlanInterpreter.Row]], _ found: [[PlanInterpreter.Change]],
        _ name: String
    ) throws {
        let interpreter = PlanInterpreter(tables: tables)
        try #require(found.count == script.inserts.count)
        for (position, insert) in script.inserts.enumerated() {
            let expected = try interpreter.rows(of: insert.plan).map { "\($0)" }.sorted()
            let rows = PlanInterpreter.table(of: found[position], insert.plan.changelog).map { "\($0)" }.sorted()
            #expect(rows == expected, "\(name), \(FilmQueries.name(position))")
        }
    }

    // MARK: Running

    private func start(
        _ tables: [String: [PlanInterpreter.Row]], parallelism: Int, hold: [String: Int] = [:],
        restored: RestoredJob = RestoredJob()
    ) throws -> Run {
        let graph = try CompilerQueryTests.compiler.compile(FilmQueries.text, fileName: "films.sql").graph
        var parts = ExecutionParts(sources: [:], sinks: [:]) { spec, _ in
            MemoryLookup(spec, tables[spec.table.name, default: []])
        }
        var sinks: [MemorySink] = []
        for (number, vertex) in graph.vertices.enumerated() {
            switch vertex.role {
            case .source(let spec, _, _):
                let name = spec.table.name
                parts.sources[number] = MemorySource(
                    spec, tables[name, default: []], splitCount: name == "plays" ? 3 : 1, hold: hold[name])
            case .sink:
                let sink = MemorySink()
                sinks.append(sink)
                parts.sinks[number] = sink
            case .operator: break
            }
        }
        let events = Observed<[ExecutionEvent]>([])
        let execution = try JobExecution(
            graph: graph, configuration: ExecutionConfiguration(parallelism: parallelism), parts: parts, clock: .system,
            job: JobIdentity(name: "films", instance: "1"), events: { event in events.update { $0.append(event) } })
        try execution.start(restored: restored)
        return Run(execution: execution, sinks: sinks, events: events)
    }

    private func finishes(_ run: Run) -> Bool {
        _ = run.events.wait(seconds: 120) { !$0.isEmpty }
        return run.events.read { events in
            events.allSatisfy { if case .finished = $0 { true } else { false } } && !events.isEmpty
        }
    }

    private func checkpoint(_ run: Run, epoch: Int64) throws -> CheckpointCapture {
        let result = Observed<Result<CheckpointCapture, any Error>?>(nil)
        run.execution.takeCheckpoint(epoch: epoch, full: 0..<128) { outcome in result.update { $0 = outcome } }
        _ = result.wait(seconds: 120) { $0 != nil }
        return try #require(result.read { $0 }).get()
    }
}

extension CheckpointCapture {
    /// What a restart begins with; everything was captured in full.
    fileprivate var restored: RestoredJob {
        RestoredJob(
            sources: sources,
            segments: segments.filter { $0.kind == .full }.map { segment in
                RestoredSegment(
                    operatorUID: segment.operatorUID, stateName: segment.stateName,
                    keyGroups: .init(count: 128, segment.keyGroups), buffer: segment.buffer)
            })
    }
}
