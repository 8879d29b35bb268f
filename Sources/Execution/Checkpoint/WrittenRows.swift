internal import Dataflow

/// What one sink was given: part of every manifest, so that the sinks' contents can be counted against it.
package struct WrittenRows: Hashable, Sendable, Codable {
    /// The sink vertex's uid.
    package var sink: String
    /// The table as the SQL declares it.
    package var table: String
    /// Rows of this epoch, changes and deletes included; those that the target then refuses too.
    package var rows: Int
    /// Rows of all epochs from the job's creation on; a fork counts on from the checkpoint that it started from. Nil where a release
    /// that did not count, or a job without this sink, made a part of them.
    package var total: Int?

    package init(sink: String, table: String, rows: Int, total: Int?) {
        self.sink = sink
        self.table = table
        self.rows = rows
        self.total = total
    }

    /// The counts of the next checkpoint.
    ///
    /// - Parameters:
    ///   - former: those of the checkpoint before; nil where there is none: all counts begin at 0.
    ///   - rows: by sink uid, of the epoch.
    ///   - tables: table names by sink uid.
    static func following(_ former: [WrittenRows]?, rows: [String: Int], tables: [String: String]) -> [WrittenRows] {
        tables.keys.sorted().map { sink in
            let count = rows[sink] ?? 0
            let before = former.map { former in former.first { $0.sink == sink }?.total } ?? 0
            return WrittenRows(
                sink: sink, table: tables[sink] ?? sink, rows: count, total: before.map { $0 + count })
        }
    }
}

extension JobExecution {
    /// The names of the tables that are written, by sink uid.
    var sinkTables: [String: String] {
        var tables: [String: String] = [:]
        for vertex in graph.job.vertices {
            if case .sink(let spec) = vertex.role { tables[vertex.uid] = spec.table.name }
        }
        return tables
    }
}
