internal import Columnar
internal import Dataflow
internal import Execution
internal import Foundation
internal import SQL
internal import StateBackends
internal import Synchronization

/// Runs a pipeline over a range of the past: from a checkpoint, or from nothing, to the offsets of another. Its rows go to spools; no
/// sink is written, no group is joined, nothing is fenced, and no checkpoint is kept. Blocks.
struct ReplayRun {
    let pipeline: Pipeline
    let repository: CheckpointRepository
    let configuration: ServiceConfiguration
    let log: @Sendable (Dataflow.LogEvent) -> Void

    private enum Step {
        case captured(Result<CheckpointCapture, any Error>)
        case allAreThere
        case finished
        case failed(any Error)
    }

    /// What runs.
    private struct Parts {
        var execution: JobExecution
        var gate: ReplayGate
        var sinks: [ReplaySink]
    }

    /// - Parameters:
    ///   - start: the checkpoint to start from; nil for nothing.
    ///   - end: the checkpoint whose offsets end the range.
    ///   - spools: by sink uid, with the columns that rows are paired by; sinks without one lose their rows.
    /// - Throws: `DataflowError(.refused)` where the checkpoint's state does not fit the pipeline or a source cannot be read again.
    func run(
        from start: CheckpointManifest?, to end: CheckpointManifest,
        spools: [String: (key: [String], spool: RowSpool)]
    ) throws {
        let keyGroupCount = pipeline.job.settings.keyGroupCount ?? KeyGroup.defaultCount
        if let start, start.keyGroupCount != keyGroupCount {
            throw DataflowError(
                .refused,
                "checkpoint \(start.epoch) has \(start.keyGroupCount) key groups, this pipeline \(keyGroupCount)")
        }
        let steps = StepQueue<Step>()
        let parts = try makeParts(end: end, from: start, spools: spools, keyGroupCount: keyGroupCount) { event in
            switch event {
            case .finished: steps.put(.finished)
            case .failed(let error): steps.put(.failed(error))
            }
        }
        defer { parts.execution.stop() }
        var restored = RestoredJob()
        if let start {
            try checkSources(start)
            restored = RestoredJob(sources: start.sources, reader: try repository.reader(of: start))
        }
        do {
            try parts.execution.start(restored: restored)
        } catch let error as ExecutionError where error.code == .restoreFailed {
            throw DataflowError(.refused, error.message, cause: error)
        }
        try drive(parts, steps, from: start)
    }

    private func drive(_ parts: Parts, _ steps: StepQueue<Step>, from start: CheckpointManifest?) throws {
        // The first barrier tells which states the pipeline has.
        parts.execution.takeCheckpoint(epoch: 1, full: nil) { steps.put(.captured($0)) }
        var epoch: Int64 = 1
        var areAllThere = false
        var isCapturing = true
        parts.gate.begin { steps.put(.allAreThere) }
        while true {
            switch steps.take() {
            case .failed(let error): throw error
            case .finished: return
            case .allAreThere: areAllThere = true
            case .captured(let result):
                isCapturing = false
                let capture = try result.get()
                if epoch == 1, let start { try checkStates(capture, start) }
                if epoch == 2 {
                    for sink in parts.sinks { sink.beginFlush() }
                    parts.gate.release()
                }
            }
            if areAllThere && !isCapturing && epoch == 1 {
                epoch = 2
                isCapturing = true
                // Behind this barrier is everything that the watermarks let out.
                parts.execution.takeCheckpoint(epoch: 2, full: nil) { steps.put(.captured($0)) }
            }
        }
    }

    private func makeParts(
        end: CheckpointManifest, from start: CheckpointManifest?,
        spools: [String: (key: [String], spool: RowSpool)], keyGroupCount: Int,
        events: @escaping @Sendable (ExecutionEvent) -> Void
    ) throws -> Parts {
        let identity = JobIdentity(name: pipeline.name, instance: "replay-\(UUID().uuidString.lowercased())")
        let environment = ConnectorEnvironment(
            job: identity, clock: .system, checkpointIntervalMilliseconds: 1000, log: log)
        let gate = ReplayGate()
        let endsByID = Dictionary(end.splits.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        var sources: [Int: any Source] = [:]
        var sinks: [Int: any Sink] = [:]
        var replaySinks: [ReplaySink] = []
        for (number, vertex) in pipeline.job.graph.vertices.enumerated() {
            switch vertex.role {
            case .source(let spec, _, _):
                let source = try connector(spec.table).makeSource(spec, environment)
                // Two tables on one topic stand at places of their own.
                let ends = end.sources[vertex.uid] ?? Array(endsByID.values)
                sources[number] = ReplaySource(source, name: vertex.uid, ends: ends, gate: gate)
            case .sink(let spec):
                if let (key, spool) = spools[vertex.uid] {
                    let sink = ReplaySink(spec, key: key, spool: spool)
                    replaySinks.append(sink)
                    sinks[number] = sink
                } else {
                    sinks[number] = try nowhere(spec, environment)
                }
            case .operator: break
            }
        }
        let catalog = pipeline.catalog
        let parts = ExecutionParts(sources: sources, sinks: sinks) { spec, _ in
            guard let connector = catalog.connectors[spec.table.options["connector"] ?? ""] else {
                throw DataflowError(.internal, "no connector for the table \(spec.table.name)")
            }
            return try connector.makeLookup(spec, environment)
        }
        var execution = ExecutionConfiguration(
            parallelism: configuration.parallelism ?? pipeline.job.settings.parallelism
                ?? min(ProcessorCount.available, keyGroupCount))
        execution.keyGroupCount = keyGroupCount
        return Parts(
            execution: try JobExecution(
                graph: pipeline.job.graph, configuration: execution, parts: parts, clock: .system, job: identity,
                events: events), gate: gate, sinks: replaySinks)
    }

    /// A sink whose rows are not compared.
    private func nowhere(_ spec: SinkSpec, _ environment: ConnectorEnvironment) throws -> any Sink {
        guard let blackhole = pipeline.catalog.connectors["blackhole"] else {
            throw DataflowError(.internal, "there is no blackhole")
        }
        return try blackhole.makeSink(spec, environment)
    }

    private func connector(_ table: TableDefinition) throws -> any Connector {
        guard let connector = pipeline.catalog.connectors[table.options["connector"] ?? ""] else {
            throw DataflowError(.internal, "no connector for the table \(table.name)")
        }
        return connector
    }

    // MARK: What a checkpoint must have

    private func checkSources(_ start: CheckpointManifest) throws(DataflowError) {
        for vertex in pipeline.job.graph.vertices {
            guard case .source(let spec, _, _) = vertex.role, start.sources[vertex.uid] == nil else { continue }
            throw DataflowError(
                .refused,
                "checkpoint \(start.epoch) does not know the scan of \(spec.table.name) as this pipeline has it: the job did "
                    + "not read that table, or with other options; replay from nothing: --from-checkpoint none")
        }
    }

    private func checkStates(_ capture: CheckpointCapture, _ start: CheckpointManifest) throws(DataflowError) {
        for uid in capture.descriptors.keys.sorted() {
            let known = Set((start.descriptors[uid] ?? []).map(\.name))
            for descriptor in capture.descriptors[uid] ?? [] where !known.contains(descriptor.name) {
                throw DataflowError(
                    .refused,
                    "checkpoint \(start.epoch) holds no state \(descriptor.name) of the operator \(uid), which this pipeline "
                        + "has: it would start empty; replay from nothing: --from-checkpoint none")
            }
        }
    }
}
