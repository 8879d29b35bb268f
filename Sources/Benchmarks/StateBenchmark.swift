internal import ArgumentParser
internal import Columnar
internal import StateBackends

/// State tables in memory: the ratings of the example, by user and film.
struct StateBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "state",
        abstract: "State tables: put, find, snapshot and restore, CPU time of one thread per key, memory per key.")

    @OptionGroup var options: MeasurementOptions

    @Option(help: "Keys held.")
    var keys = 1_000_000

    @Option(help: "Random accesses of one repetition.")
    var accesses = 1_000_000

    func run() throws {
        var report = MeasurementReport(options: options)
        try measureVersions(&report)
        try measureRows(&report)
        report.finish()
    }

    private func measureVersions(_ report: inout MeasurementReport) throws {
        let ratings = RatingBatches(keyCount: keys, rowCount: accesses, seed: 1)
        var table = makeVersions()
        try measureOnce("versions put new", keys, &report) {
            table = makeVersions()
            return { for batch in ratings.everyKey { try table.put(batch, horizon: .min) } }
        }
        add("versions memory", Double(table.byteCount) / Double(table.entryCount), "bytes/key", &report)
        let matches = TableMatches(capacity: RecordBatch.maximumRowCount)
        report.measure("versions find", operations: ratings.rowCount, unit: "ns/row") {
            for batch in ratings.random {
                table.find(batch, keys: RatingBatches.keys, time: RatingBatches.time, into: matches)
            }
        }
        report.measure("versions find and read", operations: ratings.rowCount, unit: "ns/row") {
            for batch in ratings.random {
                table.find(batch, keys: RatingBatches.keys, time: RatingBatches.time, into: matches)
                _ = table.columns(matches, for: batch)
            }
        }
        try measureOnce("versions put again", ratings.rowCount, &report) {
            { for batch in ratings.random { try table.put(batch, horizon: .max) } }
        }
        try measureSnapshots("versions", table, makeVersions, &report) {
            for batch in ratings.random.prefix(50) { try table.put(batch, horizon: .max) }
        }
    }

    private func measureRows(_ report: inout MeasurementReport) throws {
        let ratings = RatingBatches(keyCount: keys, rowCount: accesses, seed: 2)
        var table = makeRows()
        try measureOnce("rows put new", keys, &report) {
            table = makeRows()
            return { for batch in ratings.everyKey { try table.put(batch) } }
        }
        add("rows memory", Double(table.byteCount) / Double(table.entryCount), "bytes/key", &report)
        let matches = TableMatches(capacity: RecordBatch.maximumRowCount)
        report.measure("rows find", operations: ratings.rowCount, unit: "ns/row") {
            for batch in ratings.random { table.find(batch, keys: RatingBatches.keys, into: matches) }
        }
        try measureOnce("rows put again", ratings.rowCount, &report) {
            { for batch in ratings.random { try table.put(batch) } }
        }
        try measureSnapshots("rows", table, makeRows, &report) {
            for batch in ratings.random.prefix(50) { try table.put(batch) }
        }
    }

    /// Changes of about 100,000 keys, then everything, then everything back.
    private func measureSnapshots<State: CheckpointedState>(
        _ name: String, _ table: State, _ make: () -> State, _ report: inout MeasurementReport,
        change: () throws -> Void
    ) throws {
        table.writeChanges(into: SnapshotBuffer())
        var changes = SnapshotBuffer()
        try measureOnce("\(name) write changes of 100k", 102_400, &report) {
            try change()
            changes = SnapshotBuffer()
            return { table.writeChanges(into: changes) }
        }
        add("\(name) changes", Double(changes.count) / 102_400, "bytes/row", &report)
        var whole = SnapshotBuffer()
        try measureOnce("\(name) write full", keys, &report) {
            whole = SnapshotBuffer()
            return { table.writeFull(keyGroups: 0..<KeyGroup.defaultCount, into: whole) }
        }
        let groups = KeyGroupSet(count: KeyGroup.defaultCount, 0..<KeyGroup.defaultCount)
        try measureOnce("\(name) restore", keys, &report) {
            let restored = make()
            return { try restored.restore(whole.bytes, keyGroups: groups) }
        }
    }

    /// - Parameter prepare: what is done before each repetition, not measured; returns what is.
    private func measureOnce(
        _ name: String, _ operations: Int, _ report: inout MeasurementReport, prepare: () throws -> () throws -> Void
    ) throws {
        // Runs even if filtered out: what follows needs its effect.
        var samples: [Double] = []
        for _ in 0..<(options.includes(name) ? options.repetitions : 1) {
            let body = try prepare()
            let start = Measurement.nanoseconds(.thread)
            try body()
            samples.append(Double(Measurement.nanoseconds(.thread) - start) / Double(operations))
        }
        if options.includes(name) { report.add(Measurement(name: name, unit: "ns/row", samples: samples)) }
    }

    private func add(_ name: String, _ value: Double, _ unit: String, _ report: inout MeasurementReport) {
        if options.includes(name) { report.add(Measurement(name: name, unit: unit, samples: [value])) }
    }

    private func makeVersions() -> VersionedTable {
        VersionedTable(
            name: "versions", schema: RatingBatches.schema, keyColumns: RatingBatches.keys,
            timeColumn: RatingBatches.time, placement: Self.placement)
    }

    private func makeRows() -> KeyedTable {
        KeyedTable(
            name: "rows", schema: RatingBatches.schema, keyColumns: RatingBatches.keys, placement: Self.placement)
    }

    private static let placement = KeyGroupPlacement(
        owned: 0..<KeyGroup.defaultCount, count: KeyGroup.defaultCount)
}
