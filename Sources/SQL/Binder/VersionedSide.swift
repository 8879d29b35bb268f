internal import Expressions

/// The right side of a temporal join or an enrichment: what to keep as state, by which key.
struct VersionedSide {
    /// Gives the changes; without the `Latest` that the join does itself.
    var plan: LogicalPlan
    /// Positions in the plan's columns.
    var keys: [Int]
    /// The event time of a version; nil where the table has none.
    var time: Int?
}

extension VersionedSide {
    /// Why a plan is none.
    enum Obstacle: Error {
        case noPrimaryKey(table: String)
        case columnLost
        case notATable
    }

    /// Reads a table with a primary key, or a view that takes the latest row of each key, perhaps behind projections.
    init(_ plan: LogicalPlan) throws(Obstacle) {
        switch plan {
        case .scan(let scan):
            guard !scan.table.primaryKey.isEmpty else { throw .noPrimaryKey(table: scan.table.name) }
            keys = scan.table.primaryKey
            time = scan.table.watermark?.column
            self.plan = plan
        case .latest(let latest):
            self.plan = latest.input
            keys = latest.keys
            time = latest.time
        case .project(var project):
            let inner = try VersionedSide(project.input)
            let sources = project.items.map { $0.expression.columnIndex ?? -1 }
            let mapped = inner.keys.compactMap { sources.firstIndex(of: $0) }
            guard mapped.count == inner.keys.count else { throw .columnLost }
            keys = mapped
            time = inner.time.flatMap { sources.firstIndex(of: $0) }
            project.input = inner.plan
            self.plan = .project(project)
        case .filter(var filter):
            let inner = try VersionedSide(filter.input)
            keys = inner.keys
            time = inner.time
            // A version that does not pass ends the one before it.
            filter.input = inner.plan
            filter.deletesOthers = !filter.condition.referencedColumns.isSubset(of: inner.keys)
            self.plan = .filter(filter)
        case .rowNumber, .join, .union: throw .notATable
        }
    }
}
