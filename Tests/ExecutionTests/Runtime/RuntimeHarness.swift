import Dataflow
import Execution
import StateBackends
import TestKit

/// A job of scripted parts, run by the real runtime.
final class RuntimeHarness {
    var graph = JobGraph(vertices: [])
    var parts = ExecutionParts(
        sources: [:], sinks: [:],
        makeLookup: { _, _ in throw DataflowError(.internal, "no lookups in this test") })
    let events = Observed<[ExecutionEvent]>([])
    private(set) var execution: JobExecution?

    deinit {
        execution?.stop()
    }

    var failures: [ExecutionError] {
        events.read { events in
            events.compactMap { event in
                guard case .failed(let error) = event else { return nil }
                return error
            }
        }
    }

    func start(
        parallelism: Int, restored: RestoredJob = RestoredJob(), clock: ProcessingClock = .system,
        _ adjust: (inout ExecutionConfiguration) -> Void = { _ in }
    ) throws {
        var configuration = ExecutionConfiguration(parallelism: parallelism)
        adjust(&configuration)
        let events = events
        let execution = try JobExecution(
            graph: graph, configuration: configuration, parts: parts, clock: clock,
            job: JobIdentity(name: "test", instance: "1"), events: { event in events.update { $0.append(event) } })
        try execution.start(restored: restored)
        self.execution = execution
    }

    func stop() {
        execution?.stop()
    }

    func waitForFinish(seconds: Double = 60) -> Bool {
        events.wait(seconds: seconds) { events in
            events.contains { if case .finished = $0 { true } else { false } }
        }
    }

    func waitForFailure(seconds: Double = 60) -> Bool {
        events.wait(seconds: seconds) { events in
            events.contains { if case .failed = $0 { true } else { false } }
        }
    }

    /// Takes a checkpoint and waits for it.
    func checkpoint(_ epoch: Int64, full: Range<Int>? = nil, seconds: Double = 60) throws -> CheckpointCapture {
        let result = Observed<Result<CheckpointCapture, any Error>?>(nil)
        execution?.takeCheckpoint(epoch: epoch, full: full) { outcome in result.update { $0 = outcome } }
        guard result.wait(seconds: seconds, until: { $0 != nil }) else {
            throw DataflowError(.internal, "checkpoint \(epoch) did not come about in \(seconds) s")
        }
        return try result.read { try $0?.get() } ?? { throw DataflowError(.internal, "no checkpoint \(epoch)") }()
    }
}

extension CheckpointCapture {
    /// What a restart from this checkpoint alone begins with; everything must have been captured in full.
    func restored(keyGroupCount: Int = 128) -> RestoredJob {
        RestoredJob(
            sources: sources,
            segments: segments.filter { $0.kind == .full }.map { segment in
                RestoredSegment(
                    operatorUID: segment.operatorUID, stateName: segment.stateName,
                    keyGroups: .init(count: keyGroupCount, segment.keyGroups), buffer: segment.buffer)
            })
    }
}
