internal import Dataflow

/// What becomes of the epoch under way when the group takes the input away.
extension CommitProtocol {
    mutating func membershipChanged(_ news: MembershipNews) -> [Action] {
        // Without an attempt nothing is held; the next one begins by being assigned.
        if phase == .idle { return [] }
        if news == .budgetSpent && has(.budgetIgnored) { return [] }
        switch membership.handle(news) {
        case .nothing:
            return []
        case .finishEpoch:
            switch phase {
            case .running: return beginCapture()
            // The commit under way is the one to finish.
            case .capturing, .storing, .preparing, .committing, .acknowledging: return []
            // Nothing has been read yet.
            default: return restart()
            }
        case .abort, .giveUp:
            return restart()
        case .yield:
            return fenced()
        }
    }
}
