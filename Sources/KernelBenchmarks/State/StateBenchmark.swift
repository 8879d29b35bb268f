package import ArgumentParser
internal import Columnar
package import StateBackends

/// State tables in memory: the ratings of the example, by user and film.
package struct StateBenchmark: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "state",
        abstract: "State tables: put, find, snapshot and restore, CPU time of one thread per key, memory per key.")

    @OptionGroup var options: MeasurementOptions

    @Option(help: "Keys held; several counts separated by commas.")
    var keys = "1000000,5000000,20000000"

    @Option(help: "Random accesses of one repetition.")
    var accesses = 1_000_000

    package init() {}

    package func run() throws {
        var report = MeasurementReport(options: options)
        for count in try NumberList.parse(keys, option: "--keys") {
            try measureVersions(count, &report)
            try measureRows(count, &report)
            try measureWaiting(min(count, 1_000_000), &report)
        }
        report.finish()
    }

    private func measureVersions(_ keys: Int, _ report: inout MeasurementReport) throws {
        let versions = "\(keys) keys, versions"
        let ratings = RatingBatches(keyCount: keys, rowCount: accesses, seed: 1)
        var table = Self.makeVersions()
        try measureOnce("\(versions) put new", keys, &report) {
            table = Self.makeVersions()
            return { for batch in ratings.everyKey { try table.put(batch, horizon: .min) } }
        }
        add("\(versions) memory", Double(table.byteCount) / Double(table.entryCount), "bytes/key", &report)
        let matches = TableMatches(capacity: RecordBatch.maximumRowCount)
        report.measure("\(versions) find", operations: ratings.rowCount, unit: "ns/row") {
            for batch in ratings.random {
                table.find(batch, keys: RatingBatches.keys, time: RatingBatches.time, into: matches)
            }
        }
        report.measure("\(versions) find and read", operations: ratings.rowCount, unit: "ns/row") {
            for batch in ratings.random {
                table.find(batch, keys: RatingBatches.keys, time: RatingBatches.time, into: matches)
                _ = table.columns(matches, for: batch)
            }
        }
        try measureOnce("\(versions) put again", ratings.rowCount, &report) {
            { for batch in ratings.random { try table.put(batch, horizon: .max) } }
        }
        try measureSnapshots(versions, table, keys, &report, Self.makeVersions) {
            for batch in ratings.random.prefix(50) { try table.put(batch, horizon: .max) }
        }
    }

    private func measureRows(_ keys: Int, _ report: inout MeasurementReport) throws {
        let rows = "\(keys) keys, rows"
        let ratings = RatingBatches(keyCount: keys, rowCount: accesses, seed: 2)
        var table = Self.makeRows()
        try measureOnce("\(rows) put new", keys, &report) {
            table = Self.makeRows()
            return { for batch in ratings.everyKey { try table.put(batch) } }
        }
        add("\(rows) memory", Double(table.byteCount) / Double(table.entryCount), "bytes/key", &report)
        let matches = TableMatches(capacity: RecordBatch.maximumRowCount)
        report.measure("\(rows) find", operations: ratings.rowCount, unit: "ns/row") {
            for batch in ratings.random { table.find(batch, keys: RatingBatches.keys, into: matches) }
        }
        try measureOnce("\(rows) put again", ratings.rowCount, &report) {
            { for batch in ratings.random { try table.put(batch) } }
        }
        try measureSnapshots(rows, table, keys, &report, Self.makeRows) {
            for batch in ratings.random.prefix(50) { try table.put(batch) }
        }
    }

    /// Rows that wait for the watermark, as the left side of the join keeps them.
    private func measureWaiting(_ count: Int, _ report: inout MeasurementReport) throws {
        let waiting = "\(count) waiting rows"
        let ratings = RatingBatches(keyCount: count, rowCount: 0, seed: 3)
        try measureOnce("\(waiting) append", count, &report) {
            let buffer = Self.makeWaiting()
            return { for batch in ratings.everyKey { buffer.append(batch) } }
        }
        let filled = Self.makeWaiting()
        for batch in ratings.everyKey { filled.append(batch) }
        try measureOnce("\(waiting) release", count, &report) {
            let buffer = Self.makeWaiting()
            for batch in ratings.everyKey { buffer.append(batch) }
            return { buffer.release(upTo: .max) { _ in } }
        }
        try measureSnapshots(waiting, filled, count, &report, Self.makeWaiting) {
            for batch in ratings.everyKey.prefix(50) { filled.append(batch) }
        }
    }

    /// Changes of about 100,000 keys, then everything, then everything back.
    private func measureSnapshots<State: CheckpointedState>(
        _ name: String, _ table: State, _ keys: Int, _ report: inout MeasurementReport, _ make: () -> State,
        change: () throws -> Void
    ) throws {
        _ = table.takeChanges()
        var changes: SnapshotBuffer?
        try measureOnce("\(name) write changes of 100k", 102_400, &report) {
            try change()
            return { changes = table.takeChanges() }
        }
        add("\(name) changes", Double(changes?.count ?? 0) / 102_400, "bytes/row", &report)
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
        guard options.includes(name) else { return try prepare()() }
        try report.measurePrepared(name, operations: operations, unit: "ns/row", prepare: prepare)
    }

    private func add(_ name: String, _ value: Double, _ unit: String, _ report: inout MeasurementReport) {
        if options.includes(name) { report.add(Measurement(name: name, unit: unit, samples: [value])) }
    }

    package static func makeVersions() -> VersionedTable {
        VersionedTable(
            name: "versions", schema: RatingBatches.schema, keyColumns: RatingBatches.keys,
            timeColumn: RatingBatches.time, placement: placement)
    }

    static func makeRows() -> KeyedTable {
        KeyedTable(
            name: "rows", schema: RatingBatches.schema, keyColumns: RatingBatches.keys, placement: placement)
    }

    static func makeWaiting() -> RowBuffer {
        RowBuffer(
            name: "waiting",
            .init(schema: RatingBatches.schema, keyColumns: RatingBatches.keys, timeColumn: RatingBatches.time),
            placement: placement)
    }

    private static let placement = KeyGroupPlacement(
        owned: 0..<KeyGroup.defaultCount, count: KeyGroup.defaultCount)
}
