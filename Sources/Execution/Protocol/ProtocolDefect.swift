/// A decision of `CommitProtocol` that is made wrongly on purpose, so that the simulator can show that it would notice.
///
/// There is none in release builds: what asks for one is then always told no, and nothing can be injected.
enum ProtocolDefect: String, CaseIterable, Sendable {
    /// A follower is given the newest epoch that it lacks first.
    case healingNewestFirst = "healing-newest-first"
    /// Committed offsets that are not those of their checkpoint are passed over.
    case offsetsUnchecked = "offsets-unchecked"
    /// A decider that has lost commits is not noticed.
    case lossUnnoticed = "loss-unnoticed"
    /// A start by hand whose commits are all lost is not noticed.
    case lostForkUnnoticed = "lost-fork-unnoticed"
    /// What would be refused is refused at first sight.
    case refusedAtFirstSight = "refused-at-first-sight"
    /// A first commit that a cluster may have forgotten is taken for none.
    case forgettingUnnoticed = "forgetting-unnoticed"
    /// The epoch under way goes on although the time to give up the input is over.
    case budgetIgnored = "budget-ignored"
}

extension CommitProtocol {
    #if FAILPOINTS
        func has(_ defect: ProtocolDefect) -> Bool { self.defect == defect }

        /// A protocol with a defect; in test builds only.
        ///
        /// - Parameter defect: the name of a `ProtocolDefect`.
        package init(participants: [Participant], startingPoint: StartingPoint, defect: String?) {
            self.init(participants: participants, startingPoint: startingPoint)
            self.defect = defect.flatMap { ProtocolDefect(rawValue: $0) }
        }
    #else
        @inline(__always)
        func has(_ defect: ProtocolDefect) -> Bool { false }
    #endif
}
