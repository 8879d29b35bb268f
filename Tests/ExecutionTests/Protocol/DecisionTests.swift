import Dataflow
import Testing

/// What the participants decide by pure values.
struct DecisionTests {
    @Test(arguments: [
        (TransactionEnd(), CommitOutcome.aborted, true), (TransactionEnd(sentCount: 1), .inDoubt, true),
        (TransactionEnd(sentCount: 2), .inDoubt, false),
        (TransactionEnd(sentCount: 1, unansweredCount: 1), .inDoubt, false),
        (TransactionEnd(sentCount: 1, disconnectCount: 1), .inDoubt, false),
    ])
    func aProducerIsUsedAgainOnlyWhenNothingCanArriveLate(end: TransactionEnd, outcome: CommitOutcome, isClean: Bool) {
        #expect(end.outcome(isFenced: false) == outcome)
        #expect(end.outcome(isFenced: true) == .fenced)
        #expect(end.leavesNothingBehind == isClean)
    }

    private static func commit(_ epoch: Int64, digest: String = "d") -> CommittedEpoch {
        CommittedEpoch(lineage: "L", epoch: epoch, manifestDigestPrefix: digest, offsets: [:])
    }

    @Test func aClaimHoldsOnlyWhereItWasMade() {
        let claim = CommitClaim(ownerEpoch: 6, last: Self.commit(4))
        #expect(claim.verdict(ownerEpoch: 6, committed: Self.commit(4)) == .holds)
        #expect(claim.verdict(ownerEpoch: 7, committed: Self.commit(4)) == .fenced)
        #expect(claim.verdict(ownerEpoch: 7, committed: Self.commit(5)) == .fenced)
        #expect(claim.verdict(ownerEpoch: 5, committed: Self.commit(3)) == .wentBack)
        #expect(claim.verdict(ownerEpoch: 6, committed: Self.commit(3)) == .wentBack)
        #expect(claim.verdict(ownerEpoch: nil, committed: nil) == .wentBack)
        // After a failover two claims may have one number, and two commits one epoch.
        #expect(claim.verdict(ownerEpoch: 6, committed: Self.commit(4, digest: "e")) == .wentBack)
    }
}
