internal import Columnar
internal import Dataflow
internal import Execution
internal import Foundation
internal import JobService
internal import KafkaConnector
internal import SQL
internal import Synchronization

/// Runs one case: the pipeline's own graph on one worker thread, with given records in the place of brokers and databases, and a clock
/// that stands still between the steps. Blocks; used once.
///
/// After each record, and each move of the clock, the job comes to rest before the next one: every partition has been read to its end,
/// and a barrier has passed behind all that came of it.
final class CaseRun {
    /// What the runtime says.
    private enum News {
        /// A partition was found empty.
        case empty
        case captured(Result<CheckpointCapture, any Error>)
        case finished
        case failed(any Error)
    }

    /// How long a job may take to come to rest: a limit for bugs.
    static let patience: TimeInterval = 60

    private let pipeline: Pipeline
    private let tables: PipelineTables
    private let test: PlannedCase
    private let kafka: KafkaConnector
    private let clock: SteppedClock
    private let news = StepQueue<News>()
    private var given: [String: [GivenRecords]] = [:]
    private var lookups: [String: LookupContents] = [:]
    private var captured: [String: CapturedTable] = [:]
    /// By table: how many of its changes a step has compared.
    private var compared: [String: Int] = [:]
    private var epoch: Int64 = 0
    private var outcome = CaseOutcome()

    init(_ test: PlannedCase, _ pipeline: Pipeline, _ tables: PipelineTables, _ kafka: KafkaConnector) {
        self.test = test
        self.pipeline = pipeline
        self.tables = tables
        self.kafka = kafka
        clock = SteppedClock(test.now)
    }

    /// - Throws: what is no failure of the job: a machine without threads.
    func run() throws -> CaseOutcome {
        let began = ContinuousClock.now
        do {
            try drive()
            if let expected = test.failure {
                outcome.failure = "the job did not fail; an error that says '\(expected)' was expected"
            }
        } catch let error as JobFailure {
            judge(error)
        } catch let error as PipelineTestError {
            outcome.failure = error.message
        }
        outcome.microseconds = (ContinuousClock.now - began).microseconds
        return outcome
    }

    /// The job has failed by an error of its own.
    private struct JobFailure: Error {
        var error: any Error
    }

    private func judge(_ failure: JobFailure) {
        let text = "\(failure.error)"
        guard let expected = test.failure else {
            outcome.failure = "the job failed: \(text)"
            return
        }
        if !text.contains(expected) {
            outcome.failure = "the job failed, but its error does not say '\(expected)': \(text)"
        }
        // What came out before is compared where the case says what it is.
        for expectation in test.expectations { check(expectation, from: 0) }
    }

    private func drive() throws {
        let execution = try makeExecution()
        defer { execution.stop() }
        for delivery in test.input { deliver(delivery) }
        do { try execution.start(restored: RestoredJob()) } catch { throw JobFailure(error: error) }
        try settle(execution)
        for step in test.steps {
            switch step {
            case .deliver(let deliveries):
                for delivery in deliveries {
                    deliver(delivery)
                    try settle(execution)
                }
            case .advance(let microseconds):
                clock.advance(microseconds: microseconds)
                for records in given.values.joined() { records.wake() }
                try settle(execution)
            case .expect(let expectations):
                for expectation in expectations {
                    check(expectation, from: compared[expectation.table] ?? 0)
                    compared[expectation.table] = captured[expectation.table]?.rows.count ?? 0
                }
            }
        }
        if test.ends { try finish() }
        for expectation in test.expectations { check(expectation, from: 0) }
        checkDeadLetters()
    }

    // MARK: Comparing

    private func check(_ expectation: PlannedExpectation, from start: Int) {
        guard let table = captured[expectation.table] else { return }
        let comparison = RowComparison(expectation, table.target).compare(table.rows, from: start)
        if !comparison.isEqual { outcome.differences.append(comparison) }
    }

    /// Nothing is put aside unless the case says so, or looks into the table itself.
    private func checkDeadLetters() {
        let mentioned = Set(
            (test.expectations
                + test.steps.flatMap { step -> [PlannedExpectation] in
                    if case .expect(let expectations) = step { expectations } else { [] }
                }).map(\.table))
        let letters = captured.sorted { $0.key < $1.key }.map(\.value)
            .filter {
                $0.target.takesDeadLetters && (!test.deadLetters.isEmpty || !mentioned.contains($0.target.table.name))
            }
            .flatMap { DeadLetterMatch.letters($0) }
        let comparison = DeadLetterMatch.compare(test.deadLetters, letters, line: test.line)
        if !comparison.isEqual { outcome.differences.append(comparison) }
    }

    // MARK: Driving

    private func deliver(_ delivery: PlannedCase.Delivery) {
        switch delivery {
        case .record(let table, var record):
            record.timestamp = record.timestamp ?? clock.now.microseconds / 1000
            for records in given[table] ?? [] { records.append(record) }
        case .lookupRow(let table, let row): lookups[table]?.put(row)
        case .lookupDelete(let table, let key): lookups[table]?.remove(key)
        }
    }

    /// Waits until everything that has been given has had its effects.
    private func settle(_ execution: JobExecution) throws {
        let deadline = Date(timeIntervalSinceNow: Self.patience)
        while !given.values.joined().allSatisfy(\.isDrained) { _ = try next(before: deadline) }
        epoch += 1
        execution.takeCheckpoint(epoch: epoch, full: nil) { [news] in news.put(.captured($0)) }
        while true {
            guard case .captured(let result) = try next(before: deadline) else { continue }
            // A job that fails tells why by itself.
            if case .success = result { return }
        }
    }

    /// Ends the input and waits for the last row.
    private func finish() throws {
        let deadline = Date(timeIntervalSinceNow: Self.patience)
        for records in given.values.joined() { records.end() }
        while true {
            if case .finished = try next(before: deadline) { return }
        }
    }

    private func next(before deadline: Date) throws -> News {
        guard let item = news.take(before: deadline) else {
            throw PipelineTestError(.internal, "the job did not come to rest within \(Int(Self.patience)) s")
        }
        if case .failed(let error) = item { throw JobFailure(error: error) }
        return item
    }

    // MARK: Parts

    private func makeExecution() throws -> JobExecution {
        let identity = JobIdentity(name: pipeline.name, instance: "test")
        let environment = ConnectorEnvironment(
            job: identity, clock: clock.clock, checkpointIntervalMilliseconds: 1000, log: { _ in })
        var graph = pipeline.job.graph
        var sources: [Int: any Source] = [:]
        var sinks: [Int: any Sink] = [:]
        for (number, vertex) in graph.vertices.enumerated() {
            switch vertex.role {
            case .source(let spec, let transform, var watermark):
                // Which source is read first is the case's matter, however far apart their times are.
                watermark?.maximumDriftMicroseconds = .max
                graph.vertices[number].role = .source(spec, transform: transform, watermark: watermark)
                sources[number] = try makeSource(number, spec.table.name, environment)
            case .sink(let spec):
                sinks[number] = CapturingSink(spec, try capturedTable(spec.table.name))
            case .operator: break
            }
        }
        lookups = tables.lookups.mapValues { _ in LookupContents() }
        let parts = ExecutionParts(sources: sources, sinks: sinks) { [lookups] spec, _ in
            guard let contents = lookups[spec.table.name] else {
                throw DataflowError(.internal, "no rows for the table \(spec.table.name)")
            }
            return try GivenLookup(spec, contents)
        }
        var configuration = ExecutionConfiguration(parallelism: 1)
        configuration.keyGroupCount = pipeline.job.settings.keyGroupCount ?? configuration.keyGroupCount
        return try JobExecution(
            graph: graph, configuration: configuration, parts: parts, clock: clock.clock, job: identity
        ) { [news] event in
            switch event {
            case .finished: news.put(.finished)
            case .failed(let error): news.put(.failed(error))
            }
        }
    }

    private func makeSource(_ number: Int, _ table: String, _ environment: ConnectorEnvironment) throws -> any Source {
        guard let spec = tables.sources[table]?.scans[number] else {
            throw PipelineTestError(.internal, "no scan \(number) of \(table)")
        }
        let records = GivenRecords(partitionCount: test.partitionCounts[table] ?? 1) { [news] in news.put(.empty) }
        given[table, default: []].append(records)
        return try kafka.makeSource(spec, reading: records, environment)
    }

    private func capturedTable(_ name: String) throws -> CapturedTable {
        if let known = captured[name] { return known }
        guard let target = tables.targets[name] else { throw PipelineTestError(.internal, "no table \(name)") }
        let made = CapturedTable(target)
        captured[name] = made
        return made
    }
}
