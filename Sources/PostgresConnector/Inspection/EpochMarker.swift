package import Dataflow

/// One row of `millrace.job_epochs`.
package struct EpochMarker: Hashable, Sendable {
    package var task: String
    /// Counted over all lineages, without holes.
    package var number: Int64
    package var lineage: String
    package var epoch: Int64
    package var manifestDigest: String
    /// Rows written, changed and deleted by the epoch, by table, and those of all epochs up to it.
    package var rows: [String: Int64]
    package var totals: [String: Int64]
    package var offsets: [SplitID: Int64]
    /// As the server prints it.
    package var committedAt: String
    /// How many transactions ago the epoch's began, and how many ago the last part of it.
    package var ageOfFirst: Int64
    package var ageOfLast: Int64
}

/// One row of `millrace.job_tasks`.
package struct BookkeepingRecord: Hashable, Sendable {
    package var task: String
    package var lineage: String
    package var epoch: Int64
    package var manifestDigest: String
    package var offsets: [SplitID: Int64]
}

/// Rows of a table that one transaction or part of a transaction wrote last.
package struct RowAge: Hashable, Sendable {
    /// How many transactions ago.
    package var age: Int64
    package var rows: Int64
}
