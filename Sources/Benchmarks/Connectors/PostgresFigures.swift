internal import KernelBenchmarks
internal import PostgresConnector

/// What writing rows into PostgreSQL cost, by way of writing them.
struct PostgresFigures {
    /// One round of one way.
    struct Cost {
        /// CPU nanoseconds of this process per row.
        var client: Double
        /// CPU nanoseconds of the server's sessions per row; nil for a server whose processes cannot be seen from here.
        var server: Double?
        /// Rows a second as time passes.
        var rate: Double
    }

    private let options: MeasurementOptions
    private let session: PostgresConnection
    private var names: [String] = []
    private var costs: [String: [Cost]] = [:]

    /// - Parameter session: with the database that is written to.
    init(_ options: MeasurementOptions, _ session: PostgresConnection) {
        self.options = options
        self.session = session
    }

    /// Runs `body`, which writes `rows` rows; rounds of warm-up are not kept, and nothing is run whose name is filtered out.
    mutating func measure(_ name: String, rows: Int, round: Int, body: () throws -> Void) throws {
        guard options.includes(name) else { return }
        let server = try serverNanoseconds()
        let client = Measurement.nanoseconds(.process)
        let start = Measurement.nanoseconds(.wall)
        try body()
        let wall = Measurement.nanoseconds(.wall) - start
        let cost = Cost(
            client: Double(Measurement.nanoseconds(.process) - client) / Double(rows),
            server: try Self.difference(server, serverNanoseconds()).map { Double($0) / Double(rows) },
            rate: Double(rows) / Double(wall) * 1e9)
        guard round >= options.warmUp else { return }
        if costs[name] == nil { names.append(name) }
        costs[name, default: []].append(cost)
    }

    /// Adds all figures: CPU first, ours where it is a sink that writes.
    func show(_ report: inout MeasurementReport) {
        for name in names {
            let ofName = costs[name] ?? []
            let server = ofName.compactMap(\.server)
            if name.hasPrefix("sink") {
                report.add(Measurement(name: "\(name), client", unit: "CPU ns/row", samples: ofName.map(\.client)))
            }
            if !server.isEmpty {
                report.add(Measurement(name: "\(name), server", unit: "CPU ns/row", samples: server))
            }
            report.add(Measurement(name: name, unit: "rows/s wall", samples: ofName.map(\.rate)))
        }
    }

    /// Adds the ratio of two ways, round by round: of their rows a second, and of the server's rows per CPU second.
    func compare(_ name: String, with ceiling: String, _ report: inout MeasurementReport) {
        guard let ours = costs[name], let theirs = costs[ceiling] else { return }
        let pairs = zip(ours, theirs)
        let perCPU = pairs.compactMap { ours, theirs -> Double? in
            guard let own = ours.server, let other = theirs.server, own > 0 else { return nil }
            return other / own
        }
        if !perCPU.isEmpty {
            report.add(Measurement(name: "\(name) / \(ceiling)", unit: "of rows per server CPU", samples: perCPU))
        }
        report.add(
            Measurement(name: "\(name) / \(ceiling)", unit: "of rows/s wall", samples: pairs.map { $0.rate / $1.rate }))
    }

    /// CPU time so far of the sessions with this database, by process; nil where a process cannot be seen.
    private func serverNanoseconds() throws -> [String: Int64]? {
        let found = try session.execute(
            "SELECT pid FROM pg_catalog.pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
        )
        var result: [String: Int64] = [:]
        for row in 0..<found.rowCount {
            let text = try found.required(row, 0)
            guard let process = Int32(text), let time = Measurement.nanoseconds(of: process) else { return nil }
            result[text] = time
        }
        return result
    }

    /// What was added between two looks; sessions that ended are not in it.
    private static func difference(_ before: [String: Int64]?, _ after: [String: Int64]?) -> Int64? {
        guard let before, let after else { return nil }
        return after.reduce(0) { $0 + $1.value - (before[$1.key] ?? 0) }
    }
}
