package import Columnar
package import Dataflow
internal import StateBackends

/// Runs an operator as `parallelism` subtasks without threads: rows go to the subtask that owns their key, watermarks
/// and barriers to all.
package final class OperatorHarness {
    package let operators: [any Operator]
    package let collector = RowCollector()
    package let metrics: [SubtaskMetrics]
    package let keyGroupCount: Int
    private let contexts: [OperatorContext]
    private let keys: [Int: [Int]]

    /// - Parameters:
    ///   - keys: by input number the columns that its rows are partitioned by; inputs without any go to subtask 0.
    ///   - image: what the states start from.
    ///   - lookup: the table of a lookup join.
    package init(
        _ factory: any OperatorFactory, keys: [Int: [Int]] = [:], parallelism: Int = 1,
        image: StateImage = StateImage(), lookup: (any LookupTable)? = nil
    ) throws {
        self.keys = keys
        keyGroupCount = image.keyGroupCount
        metrics = (0..<parallelism).map { _ in SubtaskMetrics() }
        let groups = image.keyGroupCount
        contexts = metrics.enumerated().map { subtask, metrics in
            OperatorContext(
                job: JobIdentity(name: "test", instance: "test"), operatorName: "tested", subtask: subtask,
                parallelism: parallelism, keyGroupCount: groups,
                clock: ManualClock(origin: Timestamp(microseconds: -1_000_000)).clock,
                metrics: metrics,
                makeLookup: { spec in
                    guard let lookup else { throw DataflowError(.internal, "no lookup table \(spec.table.name)") }
                    return lookup
                })
        }
        operators = try contexts.map { context in
            let made = try factory.makeOperator()
            try made.open(context)
            try image.restore(made.states, owned: context.keyGroups)
            return made
        }
    }

    /// Processes rows of one input, in order.
    package func process(
        _ rows: [TestRow], of schema: Schema, input: Int = 0, shape: TestBatchShape = .dense
    ) throws {
        for (subtask, part) in divide(rows, schema, input).enumerated() where !part.isEmpty {
            try operators[subtask].process(RecordBatch.of(schema, part, shape), input: input, collector: collector)
        }
    }

    /// Processes rows of input 0 that come from records.
    ///
    /// - Parameter origin: the record that a row was made of.
    package func process(_ rows: [TestRow], of schema: Schema, origin: (TestRow) -> TestRow) throws {
        for (subtask, part) in divide(rows, schema, 0).enumerated() where !part.isEmpty {
            let origins = RecordBatch.of(DeadLetter.originSchema, part.map(origin))
            let batch = RecordBatch.of(schema, part).tracking(origins: origins)
            try operators[subtask].process(batch, input: 0, collector: collector)
        }
    }

    package func advance(to microseconds: Int64) throws {
        for made in operators { try made.advance(to: Timestamp(microseconds: microseconds), collector: collector) }
    }

    /// The last watermark, and the end of all inputs.
    package func finish() throws {
        for made in operators {
            try made.advance(to: .max, collector: collector)
            try made.finish(collector: collector)
        }
    }

    /// A barrier: adds what changed, and some key groups in full, to `image`.
    package func checkpoint(into image: inout StateImage, full: Range<Int> = 0..<0) {
        for (made, context) in zip(operators, contexts) {
            image.capture(made.states, owned: context.keyGroups, full: full)
        }
    }

    package func lateRows(input: Int) -> Int {
        metrics.reduce(0) { $0 + $1.lateRows[input].value }
    }

    private func divide(_ rows: [TestRow], _ schema: Schema, _ input: Int) -> [[TestRow]] {
        guard let columns = keys[input], operators.count > 1 else {
            return [rows] + Array(repeating: [], count: operators.count - 1)
        }
        var parts: [[TestRow]] = Array(repeating: [], count: operators.count)
        for row in rows {
            let batch = RecordBatch.of(schema, [row])
            var hash: UInt64 = 0
            KeyHash.hash(batch, keys: columns, into: &hash)
            let group = KeyGroup.index(ofHash: hash, count: keyGroupCount)
            let subtask = KeyGroup.subtask(
                ofKeyGroup: group, parallelism: operators.count, count: keyGroupCount)
            parts[subtask].append(row)
        }
        return parts
    }
}
