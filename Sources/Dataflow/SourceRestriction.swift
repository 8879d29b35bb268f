/// What a source must not read, or must put aside, in one attempt: for the search for a record that makes a job fail.
package struct SourceRestriction: Hashable, Sendable {
    /// By split the offset at which reading stops; the split then waits, as if nothing more were known of it.
    package var bounds: [SplitID: Int64]
    /// By split and offset the records that do not become rows, with the reason. They follow the policy for records that cannot be
    /// decoded.
    package var excluded: [SplitID: [Int64: String]]

    package init(bounds: [SplitID: Int64] = [:], excluded: [SplitID: [Int64: String]] = [:]) {
        self.bounds = bounds
        self.excluded = excluded
    }
}
