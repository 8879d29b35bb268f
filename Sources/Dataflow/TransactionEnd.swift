/// How a commit ended that did not succeed.
package enum CommitOutcome: Hashable, Sendable {
    /// Certainly not committed.
    case aborted
    /// Not known: fence, read, decide.
    case inDoubt
    /// Another instance has taken over.
    case fenced
}

/// What went over the wire while one transaction of a Kafka producer was being ended.
///
/// A pure value: from it follows what a failure means, and whether the producer may begin another transaction.
package struct TransactionEnd: Hashable, Sendable {
    /// Requests to end the transaction that were sent, however often the client repeated it.
    package var sentCount: Int64
    /// Of those, the ones that were not answered.
    package var unansweredCount: Int64
    /// Connections that were lost meanwhile.
    package var disconnectCount: Int64

    package init(sentCount: Int64 = 0, unansweredCount: Int64 = 0, disconnectCount: Int64 = 0) {
        self.sentCount = sentCount
        self.unansweredCount = unansweredCount
        self.disconnectCount = disconnectCount
    }

    /// Whether nothing is left that a broker could still apply late and so end the next transaction (KAFKA-17754): one request at most,
    /// answered, on connections that held. Else only a new epoch of the producer shuts it out.
    package var leavesNothingBehind: Bool { sentCount <= 1 && unansweredCount == 0 && disconnectCount == 0 }

    /// What a failed commit means: it is certain only where nothing that ends the transaction went out.
    package func outcome(isFenced: Bool) -> CommitOutcome {
        if isFenced { return .fenced }
        return sentCount > 0 ? .inDoubt : .aborted
    }
}
