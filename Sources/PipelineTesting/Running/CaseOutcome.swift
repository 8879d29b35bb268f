/// What became of a case.
struct CaseOutcome: Sendable {
    /// Comparisons that are not equal.
    var differences: [TableComparison] = []
    /// Why the job failed though it should not, or did not though it should.
    var failure: String?
    var microseconds: Int64 = 0

    var isPassed: Bool { differences.isEmpty && failure == nil }
}
