package import Dataflow

/// A table that a job touches, for checks against the living system.
package struct TableUse: Hashable, Sendable {
    /// What the job does with the table.
    package enum Role: String, Hashable, Sendable {
        case source
        case sink
        case lookup
        case deadLetters

        package var isWritten: Bool {
            switch self {
            case .sink, .deadLetters: true
            case .source, .lookup: false
            }
        }
    }

    package var table: TableDefinition
    package var role: Role
}
