package import Dataflow
package import Expressions

/// A declared table, its names and types resolved.
package struct BoundTable: Hashable, Sendable {
    /// Where a column's values come from.
    package enum Definition: Hashable, Sendable {
        /// The field of that position in `definition.fields`.
        case field(Int)
        /// Over `definition.fields`.
        case computed(ScalarExpression)
        /// A column of a type that cannot be read.
        case none
    }

    /// A column with what the table's definition says of it.
    package struct Column: Hashable, Sendable {
        package var plan: PlanColumn
        package var definition: Definition
        /// Whether a sink takes a value for it: physical columns and metadata that is not VIRTUAL.
        package var isPersisted: Bool
        /// Why a persisted column cannot be written after all.
        package var sinkObstacle: String?
    }

    /// WATERMARK FOR column AS column - delay.
    package struct Watermark: Hashable, Sendable {
        /// Position in `columns`.
        package var column: Int
        package var delayMicroseconds: Int64
    }

    /// What connectors get to see; without the options that are the planner's.
    package var definition: TableDefinition
    /// In the order of declaration; a ROW column is its leaves.
    package var columns: [Column]
    package var watermark: Watermark?
    /// Positions in `columns`, in the order of the declared key.
    package var primaryKey: [Int]
    package var options: PlannerOptions
    package var scan: ChangelogMode?
    package var sink: ChangelogMode?
    package var canLookup: Bool
    package var handsOnDeadLetters: Bool

    package var name: String { definition.name }
}
