/// What an instance holds of a database's bookkeeping row since its fence, and so what the row must still say when it commits.
///
/// A pure value; the database tests the same in the transaction, behind the row's lock.
package struct CommitClaim: Hashable, Sendable {
    /// What a row says to a claim.
    package enum Verdict: Hashable, Sendable {
        case holds
        /// A later instance owns the row.
        case fenced
        /// The row is older than the claim or of another history: the database was restored, or a standby that lagged has taken over. Its
        /// rows went back with it: fence, read, and give it what it lacks.
        case wentBack
    }

    package var ownerEpoch: Int64
    /// What was committed when the claim was made, or by it since; nil for nothing.
    package var last: CommittedEpoch?

    package init(ownerEpoch: Int64, last: CommittedEpoch?) {
        self.ownerEpoch = ownerEpoch
        self.last = last
    }

    /// - Parameters:
    ///   - ownerEpoch: the row's; nil where there is no row.
    ///   - committed: what the row says was committed last.
    package func verdict(ownerEpoch: Int64?, committed: CommittedEpoch?) -> Verdict {
        guard let ownerEpoch, ownerEpoch >= self.ownerEpoch else { return .wentBack }
        if ownerEpoch > self.ownerEpoch { return .fenced }
        // Two claims may have one number after a failover; the digest tells whose commit it was.
        let isSame =
            committed?.lineage == last?.lineage && committed?.epoch == last?.epoch
            && committed?.manifestDigestPrefix == last?.manifestDigestPrefix
        return isSame ? .holds : .wentBack
    }

    /// Whether the rows of a redo log have been committed already, by this lineage at that number or a later one.
    package func includes(lineage: String, epoch: Int64) -> Bool {
        guard let last else { return false }
        return last.lineage == lineage && last.epoch >= epoch
    }
}
