internal import Columnar
package import Dataflow
internal import Synchronization

/// One run of a job: its subtasks on worker threads, from a restored state until it is stopped.
///
/// `start` and `stop` block and belong to a control thread; the other calls may come from any thread and do not block.
/// Completions and events come from worker threads: they must be quick and must not call `stop`.
package final class JobExecution: Sendable {
    package let graph: ExecutionGraph
    let configuration: ExecutionConfiguration
    let parts: ExecutionParts
    let clock: ProcessingClock
    let job: JobIdentity
    let events: @Sendable (ExecutionEvent) -> Void

    /// What runs; the workers hold the rest.
    private struct Running {
        var control: JobControl
        var gates: GateBoard
        var board: JobBoard
    }

    private enum Phase {
        case new
        case running(Running)
        case stopped(JobBoard?)
    }

    private let phase = Mutex(Phase.new)

    /// - Throws: `ExecutionError.invalidGraph`.
    package init(
        graph: JobGraph, configuration: ExecutionConfiguration, parts: ExecutionParts, clock: ProcessingClock,
        job: JobIdentity, events: @escaping @Sendable (ExecutionEvent) -> Void
    ) throws(ExecutionError) {
        self.graph = try ExecutionGraph(graph, parallelism: configuration.parallelism)
        self.configuration = configuration
        self.parts = parts
        self.clock = clock
        self.job = job
        self.events = events
    }

    /// Starts the sources where `restored` says, makes readers, writers and operators, puts their state back and lets
    /// the workers run. Once.
    ///
    /// - Parameters:
    ///   - restrictions: asked, once the sources are started, what they may read, by their vertices' uids.
    ///   - beforeRows: called once the state is back, before the workers run.
    /// - Throws: what a source, sink or operator threw, or `ExecutionError`; everything that was started is stopped
    ///   again.
    package func start(
        restored: RestoredJob,
        restrictions: (StartedSources) throws -> [String: SourceRestriction] = { _ in [:] },
        beforeRows: () -> Void = {}
    ) throws {
        let assembly = JobAssembly(self, graph: graph)
        var started: [any Source] = []
        do {
            var splits: [Int: [SplitState]] = [:]
            for (number, source) in parts.sources.sorted(by: { $0.key < $1.key }) {
                let saved = restored.sources[graph.job.vertices[number].uid] ?? []
                started.append(source)
                splits[number] = JobExecution.merge(try source.start(restored: saved), saved)
            }
            let uids = graph.job.vertices.map(\.uid)
            let restricted = try restrictions(
                StartedSources(
                    splits: Dictionary(uniqueKeysWithValues: splits.map { (uids[$0], $1) }),
                    ends: Dictionary(uniqueKeysWithValues: parts.sources.map { (uids[$0], $1.foundEnds) })))
            for (number, source) in parts.sources {
                if let restriction = restricted[uids[number]] { source.restrict(restriction) }
            }
            try assembly.build(splits: splits)
            for segment in restored.segments { try assembly.restore(segment) }
            // A consumer a worker: each puts back the state of the subtasks that will be that worker's.
            let workerCount = configuration.parallelism
            try restored.reader?.forEach(consumers: workerCount) { worker, segment in
                try assembly.restore(segment, ofWorker: worker)
            }
            assembly.closeGates()
            beforeRows()
            try run(assembly)
        } catch {
            assembly.control.stop()
            assembly.abandon()
            for source in started { source.stop() }
            phase.withLock { $0 = .stopped(nil) }
            throw error
        }
    }

    /// Captures everything at one point of every source; at most one at a time, with rising epochs.
    ///
    /// - Parameters:
    ///   - full: the key groups whose state is to be captured whole, beside what changed.
    ///   - completion: called once, from any thread. Fails with `ExecutionError` where the job fails or is stopped
    ///     first.
    package func takeCheckpoint(
        epoch: Int64, full: Range<Int>?,
        completion: @escaping @Sendable (Result<CheckpointCapture, any Error>) -> Void
    ) {
        guard let running else {
            return completion(.failure(ExecutionError(.checkpointAborted, "the job does not run")))
        }
        let control = running.control
        let barrier = CheckpointBarrier(epoch: epoch, fullKeyGroups: full)
        guard control.reports.begin(barrier, completion) else { return }
        running.gates.whenCheckpointsMayPass {
            control.reports.release()
            control.wakeAll()
        }
    }

    /// Tells the sources that a checkpoint with these positions is final.
    package func didCommit(_ splits: [SplitState], epoch: Int64) {
        for source in parts.sources.values { source.didCommit(splits, epoch: epoch) }
    }

    /// What each source, by its vertex's uid, does with records that cannot be processed; nil where it cannot leave one out.
    var recordPolicies: [String: RowErrorAction?] {
        Dictionary(uniqueKeysWithValues: parts.sources.map { (graph.job.vertices[$0].uid, $1.recordPolicy) })
    }

    /// The numbers of now, or of the end where the job was stopped.
    package func status() -> ExecutionStatus {
        let (board, isRunning): (JobBoard?, Bool) = phase.withLock { phase in
            switch phase {
            case .new: (nil, false)
            case .running(let running): (running.board, true)
            case .stopped(let board): (board, false)
            }
        }
        guard let board else { return JobBoard(graph, workerCount: configuration.parallelism).status { _ in [:] } }
        return board.status { isRunning ? parts.sources[$0]?.endOffsets() ?? [:] : [:] }
    }

    /// Leaves the sources alone; what has been read goes on, and checkpoints are still taken.
    package func pause() { running?.control.setPaused(true) }

    /// Goes on after a pause.
    package func resume() { running?.control.setPaused(false) }

    /// Ends the workers, then stops the sources. Returns within the stop time-out even where a connector hangs. A
    /// checkpoint under way fails.
    package func stop() {
        let running: Running? = phase.withLock { phase in
            guard case .running(let running) = phase else { return nil }
            phase = .stopped(running.board)
            return running
        }
        guard let running else { return }
        running.control.stop()
        running.control.reports.close(ExecutionError(.checkpointAborted, "the job was stopped"))
        _ = running.control.waitForWorkers(milliseconds: configuration.stopTimeoutMilliseconds)
        for source in parts.sources.values { source.stop() }
    }

    private var running: Running? {
        phase.withLock { phase in
            guard case .running(let running) = phase else { return nil }
            return running
        }
    }

    private func run(_ assembly: JobAssembly) throws(ExecutionError) {
        let control = assembly.control
        let state = Running(control: control, gates: assembly.gates, board: assembly.board)
        phase.withLock { $0 = .running(state) }
        for index in 0..<configuration.parallelism {
            let worker = Worker(
                index: index, inputTasks: assembly.inputTasks[index], sourceTasks: assembly.sourceTasks[index],
                control: control, clock: clock, times: assembly.board.times[index], configuration: configuration)
            control.workerStarted()
            do {
                try DedicatedThread { worker.run() }
            } catch {
                control.workerEnded()
                control.stop()
                _ = control.waitForWorkers(milliseconds: configuration.stopTimeoutMilliseconds)
                throw ExecutionError(.noThread, error.message)
            }
        }
    }

    /// Sources need not know of watermarks: they are taken over from the checkpoint.
    private static func merge(_ splits: [SplitState], _ saved: [SplitState]) -> [SplitState] {
        let savedByID = Dictionary(saved.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        return splits.map { split in
            var split = split
            split.watermark = split.watermark ?? savedByID[split.id]?.watermark
            split.maximumTime = split.maximumTime ?? savedByID[split.id]?.maximumTime
            return split
        }
    }
}
