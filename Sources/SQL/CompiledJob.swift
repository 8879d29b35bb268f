package import Dataflow

/// What a SQL file comes to.
package struct CompiledJob: Sendable {
    package let graph: JobGraph
    /// What the file's SET statements say.
    package let settings: JobSettings
    /// The plan for people: operators, keys, state, watermarks, sharing. No option values.
    package let explanation: String
    /// Every table that the job reads, looks up in or writes, each role once.
    package let tables: [TableUse]
}
