package import Dataflow

/// What the rows of a plan node do to the table that they describe.
package enum Changelog: Hashable, Sendable {
    case appendOnly
    /// The latest row of a key replaces the one before. Positions of the key's columns; nil when the plan dropped one
    /// of them.
    case upsert(key: [Int]?)

    package var mode: ChangelogMode {
        switch self {
        case .appendOnly: .appendOnly
        case .upsert: .upsert
        }
    }
}

extension LogicalPlan {
    package var changelog: Changelog {
        switch self {
        case .scan(let scan):
            guard scan.table.scan == .upsert else { return .appendOnly }
            return .upsert(key: Self.positions(of: scan.table.primaryKey, in: scan.columnIndices))
        case .filter(let filter): return filter.input.changelog
        case .project(let project):
            guard case .upsert(let key) = project.input.changelog else { return .appendOnly }
            let forwarded = project.items.map { $0.expression.columnIndex ?? -1 }
            return .upsert(key: key.flatMap { Self.positions(of: $0, in: forwarded) })
        case .rowNumber(let rowNumber): return .upsert(key: rowNumber.keys)
        case .latest(let latest): return .upsert(key: latest.keys)
        case .join(let join):
            guard case .upsert(let key) = join.left.changelog else { return .appendOnly }
            return .upsert(key: key.flatMap { Self.positions(of: $0, in: join.output) })
        case .union(let inputs):
            // Two upsert streams may both have a row of one key: together they have no key.
            return inputs.allSatisfy { $0.changelog == .appendOnly } ? .appendOnly : .upsert(key: nil)
        }
    }

    private static func positions(of wanted: [Int], in columns: [Int]) -> [Int]? {
        let found = wanted.compactMap { columns.firstIndex(of: $0) }
        return found.count == wanted.count ? found : nil
    }
}
