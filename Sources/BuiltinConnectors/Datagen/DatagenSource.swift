internal import Columnar
internal import Dataflow
internal import Synchronization

/// Made-up rows, in `splitCount` parts: part `p` makes rows `p`, `p + splitCount`, ...
final class DatagenSource: Source {
    /// What a restart must know to go on with the same rows.
    private enum Attribute {
        static let seed = "seed"
        /// The time of row 0, in microseconds.
        static let origin = "origin"
    }

    /// 2024-01-01T00:00:00Z: the time of row 0 where the rows are to be the same in every run.
    private static let seededOrigin: Int64 = 1_704_067_200_000_000

    private let spec: SourceSpec
    private let options: DatagenOptions
    private let clock: ProcessingClock
    private let ticker = Ticker()

    init(_ spec: SourceSpec, _ options: DatagenOptions, _ clock: ProcessingClock) {
        self.spec = spec
        self.options = options
        self.clock = clock
    }

    func start(restored: [SplitState]) throws -> [SplitState] {
        let seed =
            restored.first?.attributes[Attribute.seed].flatMap(UInt64.init) ?? options.seed ?? .random(in: 0 ... .max)
        let origin =
            restored.first?.attributes[Attribute.origin].flatMap(Int64.init)
            ?? (options.seed == nil ? clock.now().microseconds : Self.seededOrigin)
        if !restored.isEmpty && restored.count != options.splitCount {
            throw DataflowError(
                .refused,
                "the checkpoint was taken with 'scan.parallelism' = \(restored.count), the table now has "
                    + "\(options.splitCount): set it back"
            )
        }
        let offsets = Dictionary(restored.map { ($0.id, $0.nextOffset) }, uniquingKeysWith: { first, _ in first })
        return (0..<options.splitCount).map { part in
            let id = id(part)
            return SplitState(
                id: id, nextOffset: offsets[id] ?? 0,
                attributes: [Attribute.seed: String(seed), Attribute.origin: String(origin)])
        }
    }

    func makeReader(splits: [SplitState], wakeUp: @escaping @Sendable () -> Void) throws -> any SourceReader {
        let attributes = splits.first?.attributes ?? [:]
        let rules = spec.fields.compactMap { options.fields[$0.name] }
        precondition(rules.count == spec.fields.count, "rules for \(rules.count) of \(spec.fields.count) columns")
        let maker = RowMaker(
            spec.schema, rules,
            positions: spec.fields.map { field in spec.table.fields.firstIndex { $0.name == field.name } ?? 0 },
            seed: attributes[Attribute.seed].flatMap(UInt64.init) ?? 0,
            origin: attributes[Attribute.origin].flatMap(Int64.init) ?? 0, rowsPerSecond: options.rowsPerSecond)
        let parts = splits.map { split in
            DatagenReader.Part(
                state: split, number: Int64(split.id.partition), rowCount: rowCount(Int64(split.id.partition)))
        }
        ticker.add(
            wakeUp, every: max(1 / Double(options.rowsPerSecond), 0.02))
        return DatagenReader(
            parts, maker, stride: Int64(options.splitCount),
            rowsPerSecond: Double(options.rowsPerSecond) / Double(options.splitCount), clock)
    }

    func endOffsets() -> [SplitID: Int64] {
        var offsets: [SplitID: Int64] = [:]
        for part in 0..<options.splitCount { offsets[id(part)] = rowCount(Int64(part)) }
        return offsets
    }

    func stop() { ticker.stop() }

    private func id(_ part: Int) -> SplitID { SplitID(topic: spec.table.name, partition: Int32(part)) }

    /// Rows of one part; nil: for ever.
    private func rowCount(_ part: Int64) -> Int64? {
        options.rowCount.map { max(($0 - part + Int64(options.splitCount) - 1) / Int64(options.splitCount), 0) }
    }
}
