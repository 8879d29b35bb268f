/// From the barrier to the acknowledgement of one epoch.
extension CommitProtocol {
    mutating func beginCapture() -> [Action] {
        guard let position else { return [] }
        phase = .capturing
        return [.capture(epoch: position.epoch + 1)]
    }

    mutating func commit(_ event: Event) -> [Action] {
        guard let position else { return [] }
        let epoch = position.epoch + 1
        switch (phase, event) {
        case (.running, .checkpointDue):
            return beginCapture()
        case (.capturing, .captured(let isFinal)):
            phase = .storing
            isFinalCapture = isFinal
            return [.store(epoch: epoch, position: position, followers: followers.map(\.id))]
        case (.storing, .stored(let digest)):
            storedDigest = digest
            // Followers first: what a database refuses must show before the decision.
            let order = followers.map(\.id) + (decider.map { [$0.id] } ?? [])
            phase = .preparing(remaining: order)
            return prepareNext(order, epoch)
        case (.preparing(let remaining), .prepared(let participant)) where remaining.first == participant:
            phase = .preparing(remaining: Array(remaining.dropFirst()))
            return prepareNext(Array(remaining.dropFirst()), epoch)
        case (.committing(let remaining), .committed(let participant)) where remaining.first == participant:
            if participant == decider?.id { decided(epoch) }
            phase = .committing(remaining: Array(remaining.dropFirst()))
            return commitNext(Array(remaining.dropFirst()), epoch: self.position?.epoch ?? epoch)
        case (.acknowledging, .acknowledged):
            return acknowledged()
        default:
            return []
        }
    }

    private mutating func prepareNext(_ remaining: [String], _ epoch: Int64) -> [Action] {
        if let next = remaining.first { return [.prepare(participant: next, epoch: epoch)] }
        let order = participants.map(\.id)
        phase = .committing(remaining: order)
        // Without a participant the published manifest was the decision.
        if order.isEmpty { decided(epoch) }
        return commitNext(order, epoch: epoch)
    }

    private mutating func commitNext(_ remaining: [String], epoch: Int64) -> [Action] {
        if let next = remaining.first { return [.commit(participant: next, epoch: epoch)] }
        phase = .acknowledging
        return (position?.parent).map { [.acknowledge($0)] } ?? []
    }

    private mutating func decided(_ epoch: Int64) {
        guard let position else { return }
        let lineage = position.lineage
        if !position.forkedOver.isEmpty { decidedForks.insert(storedDigest) }
        let forks = position.earlierForks + (position.forkedOver.isEmpty ? [] : [position.forkedOver])
        self.position = Position(
            lineage: lineage, epoch: epoch,
            parent: CheckpointReference(lineage: lineage, epoch: epoch, digest: storedDigest),
            earlierForks: forks.suffix(Self.maximumForkCount))
        // A chosen starting point has done its work once something was committed from it.
        startingPoint = .committed
    }

    private mutating func acknowledged() -> [Action] {
        if isFinalCapture && hasInputEnded { return stop(.finished) }
        if isStopRequested && !hasInputEnded { return stop(.stopped) }
        if membership.epochEnded() == .giveUp { return restart() }
        phase = .running
        return hasInputEnded ? beginCapture() : []
    }
}
