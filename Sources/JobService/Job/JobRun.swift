internal import Columnar
package import Dataflow
package import Execution
internal import Foundation
package import Logging
internal import SQL
internal import Synchronization

/// One job in this process, from its start to its end.
package final class JobRun: Sendable {
    package let name: String
    package let graph: JobGraph
    let checkpointIntervalMilliseconds: Int
    let parallelism: Int
    /// What the clients of brokers tell of themselves, as of the present attempt.
    let clients = ClientBoard()
    /// What operators and participants meet at their systems.
    let systems = SystemBoard()
    private let secrets: SecretValues
    private let coordinator: JobCoordinator

    /// - Parameter startingPoint: where to start; `.committed` unless an operator chose something else.
    package init(
        _ pipeline: Pipeline, configuration: ServiceConfiguration, startingPoint: StartingPoint,
        logger: Logger
    ) throws(JobServiceError) {
        name = pipeline.name
        secrets = pipeline.secrets
        graph = pipeline.job.graph
        let settings = pipeline.job.settings
        let repository = try CheckpointLocation.repository(
            uri: settings.checkpointURL ?? configuration.checkpointURI, job: pipeline.name,
            minimumFreeByteCount: configuration.checkpointMinimumFreeByteCount)
        var coordination = JobCoordinator.Configuration()
        coordination.checkpointIntervalMilliseconds =
            configuration.checkpointIntervalMilliseconds
            ?? settings.checkpointInterval.map { Int($0.milliseconds) } ?? 1000
        coordination.retainedCheckpointCount = settings.retainedCheckpoints ?? configuration.checkpointRetained
        coordination.maximumRestartCount = configuration.restartAttempts
        coordination.memoryLimit = configuration.memoryLimit
        coordination.keyGroupCount = settings.keyGroupCount ?? KeyGroup.defaultCount
        var execution = ExecutionConfiguration(
            parallelism: configuration.parallelism ?? settings.parallelism
                ?? min(ProcessorCount.available, coordination.keyGroupCount))
        execution.keyGroupCount = coordination.keyGroupCount
        var logger = logger
        logger[metadataKey: "job"] = .string(pipeline.name)
        let parts = AttemptParts(
            pipeline: pipeline, execution: execution,
            checkpointIntervalMilliseconds: coordination.checkpointIntervalMilliseconds,
            memoryLimit: configuration.memoryLimit,
            log: { [logger] event in logger.log(event) }, requests: CheckpointRequests(), clients: clients,
            systems: systems)
        let coordinator = JobCoordinator(
            jobName: pipeline.name, configuration: coordination, startingPoint: startingPoint.protocolPoint,
            repository: repository,
            clock: .system, log: parts.log, makeIdentifier: { UUID().uuidString.lowercased() },
            makeAttempt: { events in
                // The attempt before has just been taken down.
                FreedMemory.giveBack()
                return try parts.make(events: events)
            })
        parts.requests.answer { [weak coordinator] in coordinator?.requestCheckpoint() }
        self.coordinator = coordinator
        checkpointIntervalMilliseconds = coordination.checkpointIntervalMilliseconds
        parallelism = execution.parallelism
    }

    /// Runs the job until it ends. Blocks for as long as that takes.
    ///
    /// - Throws: `Refusal`; the error that made the job fail.
    package func run() throws -> JobCoordinator.Outcome {
        try coordinator.run()
    }

    /// Asks for a last checkpoint and an orderly end.
    package func requestStop() { coordinator.requestStop() }

    /// As `requestStop`; the last checkpoint is kept.
    package func requestStopWithSavepoint() { coordinator.requestStopWithSavepoint() }

    package func requestCheckpoint() { coordinator.requestCheckpoint() }

    /// Asks for a checkpoint that is kept until somebody deletes it.
    package func requestSavepoint() { coordinator.requestSavepoint() }

    /// Leaves the sources alone until told otherwise.
    package func requestPause(_ isPaused: Bool) { coordinator.requestPause(isPaused) }

    /// Leaves the sources alone for want of memory, from this moment on, until told otherwise.
    func requestHold(_ isHeld: Bool) { coordinator.hold(isHeld) }

    /// Ends the job with this error, without a last checkpoint.
    func requestFailure(_ error: any Error & Sendable) { coordinator.requestFailure(error) }

    package var status: CoordinatorStatus { coordinator.status }

    /// What costs little to ask often.
    var progress: CoordinatorStatus.Progress { coordinator.progress }

    /// A text about the job as it may be shown.
    func masked(_ text: String) -> String { secrets.redacted(SecretMask.masked(text)) }
}

/// Carries wishes for a checkpoint from connectors to the coordinator, which is made after them.
private final class CheckpointRequests: Sendable {
    private let target = Mutex<(@Sendable () -> Void)?>(nil)

    func answer(_ body: @escaping @Sendable () -> Void) { target.withLock { $0 = body } }

    func request() { target.withLock { $0 }?() }
}

/// Makes the living parts of each attempt.
private struct AttemptParts: Sendable {
    let pipeline: Pipeline
    let execution: ExecutionConfiguration
    let checkpointIntervalMilliseconds: Int
    let memoryLimit: Int?
    let log: @Sendable (Dataflow.LogEvent) -> Void
    let requests: CheckpointRequests
    let clients: ClientBoard
    let systems: SystemBoard

    func make(events: @escaping @Sendable (ExecutionEvent) -> Void) throws -> JobCoordinator.Attempt {
        // The clients of the attempt before are gone.
        clients.clear()
        systems.endAttempt()
        let identity = JobIdentity(name: pipeline.name, instance: UUID().uuidString.lowercased())
        let environment = ConnectorEnvironment(
            job: identity, clock: .system, checkpointIntervalMilliseconds: checkpointIntervalMilliseconds, log: log,
            requestCheckpoint: { [requests] in requests.request() }, memoryLimit: memoryLimit,
            observe: { [clients] statistics in clients.put(statistics) },
            hear: { [systems] name, news in
                systems.take(name, news, now: ProcessingClock.system.now().microseconds / 1000)
            })
        var sources: [Int: any Source] = [:]
        var sinks: [Int: any Sink] = [:]
        var isComplete = false
        // A system that is away may end many attempts before they begin: none may leave connections.
        defer {
            if !isComplete {
                for source in sources.values { source.stop() }
                for sink in sinks.values {
                    sink.participant?.close()
                    sink.stop()
                }
            }
        }
        for (number, vertex) in pipeline.job.graph.vertices.enumerated() {
            switch vertex.role {
            case .source(let spec, _, _):
                sources[number] = try connector(spec.table).makeSource(spec, environment.of(vertex.name))
            case .sink(let spec):
                let sink = try connector(spec.table).makeSink(spec, environment.of(vertex.name))
                sinks[number] = sink
            case .operator: break
            }
        }
        var participants: [String: any CommitParticipant] = [:]
        for sink in sinks.values {
            try sink.start()
            if let participant = sink.participant { participants[participant.id] = participant }
        }
        systems.put(participants: sinks.compactMapValues { $0.participant?.id })
        let catalog = pipeline.catalog
        let parts = ExecutionParts(sources: sources, sinks: sinks) { spec, operatorName in
            guard let connector = catalog.connectors[spec.table.options["connector"] ?? ""] else {
                throw DataflowError(.internal, "no connector for the table \(spec.table.name)")
            }
            return try connector.makeLookup(spec, environment.of(operatorName))
        }
        let execution = try JobExecution(
            graph: pipeline.job.graph, configuration: execution, parts: parts, clock: .system, job: identity,
            events: events)
        isComplete = true
        return JobCoordinator.Attempt(
            job: identity, execution: execution, sinks: Array(sinks.values), participants: Array(participants.values))
    }

    private func connector(_ table: TableDefinition) throws -> any Connector {
        guard let connector = pipeline.catalog.connectors[table.options["connector"] ?? ""] else {
            throw DataflowError(.internal, "no connector for the table \(table.name)")
        }
        return connector
    }
}
