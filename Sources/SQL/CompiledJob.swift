package import Dataflow

/// What a SQL file comes to.
package struct CompiledJob: Sendable {
    package let graph: JobGraph
    /// What the file's SET statements say.
    package let settings: JobSettings
    /// The plan for people: operators, keys, state, watermarks, sharing. No option values.
    package let explanation: String
    /// The lines of the file that each vertex of the graph came from, ascending, from 1 on: the declaration of its table and where that is
    /// named, its JOIN, its select list, its WHERE. A line may have become several vertices; those that the planner adds have none.
    package let lines: [[Int]]
    /// Every table that the job reads, looks up in or writes, each role once.
    package let tables: [TableUse]
}
