internal import Dataflow

/// From the fence to the first row: what is committed, what it means, what the followers lack.
extension CommitProtocol {
    mutating func recover(_ event: Event) -> [Action] {
        switch (phase, event) {
        case (.idle, .begin(let lineage)):
            newLineage = lineage
            ownLineages.insert(lineage)
            isConfirming = false
            position = nil
            return fenceAll()
        case (.fencing(let remaining), .fenced(let participant, let state)) where remaining.first == participant:
            fencedStates[participant] = state
            phase = .fencing(remaining: Array(remaining.dropFirst()))
            return fenceNext(Array(remaining.dropFirst()))
        case (.reading, .checkpointsRead(let checkpoints)):
            return choose(checkpoints.sorted { ($0.epoch, $0.name) < ($1.epoch, $1.name) })
        case (.healing(let remaining), .redoApplied(let participant, let epoch))
        where remaining.first?.participant == participant && remaining.first?.checkpoint.epoch == epoch:
            phase = .healing(remaining: Array(remaining.dropFirst()))
            return healNext(Array(remaining.dropFirst()))
        case (.starting, .started):
            hasFailedToStart = false
            phase = .running
            return []
        default:
            return []
        }
    }

    private mutating func fenceAll() -> [Action] {
        fencedStates = [:]
        let order = participants.map(\.id)
        phase = .fencing(remaining: order)
        return fenceNext(order)
    }

    /// Fence strictly before read: only then is what is read final.
    private mutating func fenceNext(_ remaining: [String]) -> [Action] {
        if let next = remaining.first { return [.fence(participant: next)] }
        phase = .reading
        return [.readCheckpoints]
    }

    private mutating func choose(_ checkpoints: [CheckpointSummary]) -> [Action] {
        // A commit in doubt may have been the first of the fork: then the fork has been done.
        if let decider, case .committed(let committed)? = fencedStates[decider.id],
            ownLineages.contains(committed.lineage)
        {
            startingPoint = .committed
        }
        do {
            let newestNumber = checkpoints.last?.epoch ?? 0
            let damaged = checkpoints.filter { !$0.isReadable }
            let checkpoints = checkpoints.filter(\.isReadable)
            let checkpoint = try startingCheckpoint(checkpoints, damaged)
            restorePoint = checkpoint
            let isFork = startingPoint != .committed
            let wentBack = try isFork ? false : hasGoneBack(to: checkpoint, checkpoints)
            if let checkpoint, !isFork, !wentBack {
                position = Position(
                    lineage: checkpoint.lineage, epoch: checkpoint.epoch, parent: checkpoint.reference,
                    earlierForks: checkpoint.forks)
            } else {
                // No number is used twice in a store, so that the newest checkpoint is the greatest, whatever its lineage.
                position = Position(
                    lineage: newLineage, epoch: newestNumber, parent: checkpoint?.reference,
                    forkedOver: isFork ? fencedStates.mapValues(\.digestPrefix) : [:],
                    earlierForks: committed(checkpoints).map(\.forks).max { $0.count < $1.count } ?? [])
            }
            let healing = isFork ? [] : try healing(to: checkpoint, checkpoints)
            phase = .healing(remaining: healing)
            return healNext(healing)
        } catch let refusal {
            // Whoever stood still between a fence and the reading sees systems and store at different times, because another instance has
            // worked meanwhile. So what was found must show twice.
            if refusal.code.dependsOnFences && !isConfirming && !has(.refusedAtFirstSight) {
                isConfirming = true
                return fenceAll()
            }
            phase = .stopped
            return [.refuse(refusal)]
        }
    }

    private mutating func healNext(_ remaining: [Healing]) -> [Action] {
        if let next = remaining.first {
            return [.applyRedo(participant: next.participant, checkpoint: next.checkpoint)]
        }
        phase = .starting
        // What the decider and every follower have now committed is final, whether or not the last run came to say so.
        if let restorePoint, let position, position.lineage == restorePoint.lineage, !restorePoint.isAcknowledged {
            return [.acknowledge(restorePoint.reference), .start(from: restorePoint)]
        }
        return [.start(from: restorePoint)]
    }

    /// Whether the decider has lost commits, as a standby that was behind when it was promoted. What it lost is not to be taken for
    /// the history that begins now, so a new lineage begins.
    ///
    /// - Throws: where the rows have not gone back together with what names the checkpoint.
    private func hasGoneBack(
        to checkpoint: CheckpointSummary?, _ checkpoints: [CheckpointSummary]
    ) throws(Refusal) -> Bool {
        if let decider, let checkpoint, !has(.lostForkUnnoticed) {
            try refuseLostFork(decider, checkpoint, checkpoints)
        }
        guard let decider, !has(.lossUnnoticed), let checkpoint,
            let lost = checkpoints.last(where: {
                // Numbers only grow, so that what another lineage has committed since is lost as well.
                $0.isAcknowledged && $0.epoch > checkpoint.epoch
                    && ($0.lineage == checkpoint.lineage || !decider.forgetsCommits)
            })
        else { return false }
        guard decider.forgetsCommits else { return true }
        throw Refusal(
            .commitsMissing, participant: decider.id,
            found:
                "\(decider.id) stands at checkpoint \(checkpoint.epoch), but checkpoint \(lost.epoch) was committed there: "
                + "its offsets were lost or set back, and the rows written since are still there",
            choices: Self.choices(checkpoints))
    }

    /// Those that are known to have been committed.
    private func committed(_ checkpoints: [CheckpointSummary]) -> [CheckpointSummary] {
        checkpoints.filter { $0.isAcknowledged || decidedForks.contains($0.digest) }
    }

    /// A job that was started by hand from an older checkpoint, and whose commits since are all lost. Whether the rows are those
    /// of the checkpoint that is committed, or those of the older one that somebody put back before that start, nobody here knows.
    private func refuseLostFork(
        _ decider: Participant, _ checkpoint: CheckpointSummary, _ checkpoints: [CheckpointSummary]
    ) throws(Refusal) {
        let state = fencedStates[decider.id] ?? .empty
        guard
            let fork = committed(checkpoints).last(where: {
                $0.forks.contains { $0[decider.id] == state.digestPrefix }
            })
        else { return }
        let isFirst = fork.forkedOver[decider.id] == state.digestPrefix
        let origin =
            isFirst ? fork.parent.map { "checkpoint \($0.epoch)" } ?? "nothing" : "the checkpoint that was chosen then"
        throw Refusal(
            .commitsMissing, participant: decider.id,
            found:
                "\(decider.id) stands at checkpoint \(checkpoint.epoch), but the job was started anew there from \(origin) and has "
                + "committed checkpoint \(fork.epoch), which is lost: if its rows are still those of checkpoint "
                + "\(checkpoint.epoch), start from that, and from \(origin) if they were put back before that start",
            choices: Self.choices(checkpoints))
    }

    /// - Parameter damaged: manifests that cannot be read; one of them may stand for what was committed last.
    private func startingCheckpoint(
        _ checkpoints: [CheckpointSummary], _ damaged: [CheckpointSummary]
    ) throws(Refusal) -> CheckpointSummary? {
        let choices = Self.choices(checkpoints)
        switch startingPoint {
        case .none:
            return nil
        case .latest:
            let final = participants.isEmpty ? checkpoints : checkpoints.filter(\.isAcknowledged)
            if let newest = final.last { return newest }
            throw Refusal(.unknownCheckpoint, found: "there is no committed checkpoint", choices: choices)
        case .checkpoint(let epoch):
            let candidates = checkpoints.filter { $0.epoch == epoch }
            if let chosen = candidates.last(where: \.isAcknowledged) ?? candidates.last { return chosen }
            throw Refusal(.unknownCheckpoint, found: "there is no checkpoint \(epoch)", choices: choices)
        case .committed:
            guard let decider else {
                // The manifest itself was the decision.
                let newest = Self.youngestLineage(checkpoints).last
                try refuse(damaged, after: newest, choices)
                return newest
            }
            return try committedCheckpoint(of: decider, checkpoints, damaged)
        }
    }

    /// A damaged manifest that is newer than everything known may be what was committed last.
    private func refuse(
        _ damaged: [CheckpointSummary], after newest: CheckpointSummary?, _ choices: [Int64]
    ) throws(Refusal) {
        guard let worst = damaged.last, worst.epoch > newest?.epoch ?? 0 else { return }
        throw Refusal(
            .checkpointMissing, participant: decider?.id,
            found:
                "the manifest of checkpoint \(worst.epoch), which may have been committed, is damaged (\(worst.name))",
            choices: choices)
    }

    private func committedCheckpoint(
        of decider: Participant, _ checkpoints: [CheckpointSummary], _ damaged: [CheckpointSummary]
    ) throws(Refusal) -> CheckpointSummary? {
        let choices = Self.choices(checkpoints)
        switch fencedStates[decider.id] ?? .empty {
        case .foreign(let found):
            throw Refusal(.foreign, participant: decider.id, found: found, choices: choices)
        case .empty:
            let lineage = Self.youngestLineage(checkpoints)
            let newest = lineage.last(where: \.isAcknowledged)
            try refuse(decider.forgetsCommits ? damaged : damaged.filter(\.isAcknowledged), after: newest, choices)
            guard let newest else {
                try refuseForgotten(decider, lineage, choices)
                return nil
            }
            // An undecided manifest after the newest acknowledged one might have been decided: then only the system could tell.
            if decider.forgetsCommits && lineage.last == newest { return newest }
            throw Refusal(
                .commitsMissing, participant: decider.id,
                found: "\(decider.id) knows nothing of this job, but checkpoint \(newest.epoch) was committed there "
                    + "(deleted or expired offsets, another cluster or database, or a restored backup)",
                choices: choices)
        case .committed(let committed):
            let match = checkpoints.last { checkpoint in
                checkpoint.lineage == committed.lineage && checkpoint.epoch == committed.epoch
                    && checkpoint.digest.hasPrefix(committed.manifestDigestPrefix)
            }
            if match == nil,
                let torn = damaged.last(where: {
                    $0.epoch == committed.epoch && committed.manifestDigestPrefix.hasPrefix($0.digest.prefix(12))
                })
            {
                throw Refusal(
                    .checkpointMissing, participant: decider.id,
                    found: "\(decider.id) has committed checkpoint \(committed.epoch), whose manifest is damaged "
                        + "(\(torn.name))",
                    choices: choices)
            }
            guard let match else {
                throw Refusal(
                    .checkpointMissing, participant: decider.id,
                    found:
                        "\(decider.id) has committed checkpoint \(committed.epoch), which the checkpoint store does not have whole "
                        + "(\(Self.manifestName(committed)) is missing or damaged, the store is another one, or it "
                        + "was restored from a backup)",
                    choices: choices)
            }
            for (split, offset) in committed.offsets.sorted(by: { $0.key < $1.key })
            where match.offsets[split] != offset && !has(.offsetsUnchecked) {
                throw Refusal(
                    .offsetsDiffer, participant: decider.id,
                    found: "the committed offset of \(split) is \(offset), but checkpoint \(match.epoch) stands at "
                        + "\(match.offsets[split].map(String.init) ?? "no offset") (somebody reset the group's offsets)",
                    choices: choices)
            }
            return match
        }
    }

    /// A job that died in its very first commit and then stood still for so long that a cluster would have forgotten that commit.
    private func refuseForgotten(
        _ decider: Participant, _ checkpoints: [CheckpointSummary], _ choices: [Int64]
    ) throws(Refusal) {
        guard decider.forgetsCommits, let doubtful = checkpoints.last, doubtful.mayBeForgotten,
            !has(.forgettingUnnoticed)
        else { return }
        throw Refusal(
            .commitsMissing, participant: decider.id,
            found:
                "\(decider.id) knows nothing of this job, but checkpoint \(doubtful.epoch) was begun there so long ago that its "
                + "offsets may have expired since: if its rows are in the sinks, start from it, and from nothing if they are not",
            choices: choices)
    }

    /// The epochs that each follower has to be given, in order.
    private func healing(
        to checkpoint: CheckpointSummary?, _ checkpoints: [CheckpointSummary]
    ) throws(Refusal) -> [Healing] {
        var healing: [Healing] = []
        for follower in followers {
            let state = fencedStates[follower.id] ?? .empty
            if case .foreign(let found) = state {
                throw Refusal(.foreign, participant: follower.id, found: found, choices: Self.choices(checkpoints))
            }
            let missing = try missing(follower, state, upTo: checkpoint, checkpoints)
            for missing in has(.healingNewestFirst) ? missing : missing.reversed() {
                healing.append(Healing(participant: follower.id, checkpoint: missing))
            }
        }
        return healing
    }

    /// What a follower has not committed, newest first: the way back from the decided checkpoint, parent by parent, to what it has.
    private func missing(
        _ follower: Participant, _ state: FencedState, upTo newest: CheckpointSummary?,
        _ checkpoints: [CheckpointSummary]
    ) throws(Refusal) -> [CheckpointSummary] {
        var found: CommittedEpoch?
        if case .committed(let committed) = state { found = committed }
        guard let newest else {
            guard let found else { return [] }
            throw ahead(follower, found, newest, checkpoints)
        }
        var missing: [CheckpointSummary] = []
        var next = newest
        while !(found.map { next.reference.isNamed(by: $0) } ?? false) {
            missing.append(next)
            if next.forkedOver[follower.id] == state.digestPrefix { return missing }
            guard let parent = next.parent else {
                guard let found else { return missing }
                throw ahead(follower, found, newest, checkpoints)
            }
            if let found, parent.isNamed(by: found) { return missing }
            if let found, found.epoch >= parent.epoch, found.lineage == parent.lineage {
                throw ahead(follower, found, newest, checkpoints)
            }
            guard let known = checkpoints.last(where: { $0.reference == parent }) else {
                let isForkedOver = newest.forks.contains { $0[follower.id] == state.digestPrefix }
                if let found, found.lineage != parent.lineage, !isForkedOver {
                    throw ahead(follower, found, newest, checkpoints)
                }
                throw Refusal(
                    .redoMissing, participant: follower.id,
                    found: "\(follower.id) stands at checkpoint \(found?.epoch ?? 0) and the rows of checkpoint "
                        + "\(parent.epoch) are no longer kept", choices: Self.choices(checkpoints))
            }
            next = known
        }
        return missing
    }

    private func ahead(
        _ follower: Participant, _ found: CommittedEpoch, _ newest: CheckpointSummary?,
        _ checkpoints: [CheckpointSummary]
    ) -> Refusal {
        Refusal(
            .followerAhead, participant: follower.id,
            found: "\(follower.id) has committed checkpoint \(found.epoch), but the decider "
                + (newest.map { "stands at \($0.epoch) of this job's history, which is not a later one" } ?? "has none"),
            choices: Self.choices(checkpoints))
    }

    /// Where nothing but the store says where a job stands: a job that was started from an older checkpoint goes on there, though the
    /// history that it left may have higher numbers.
    private static func youngestLineage(_ checkpoints: [CheckpointSummary]) -> [CheckpointSummary] {
        let youngest = checkpoints.max { ($0.createdAt, $0.epoch, $0.name) < ($1.createdAt, $1.epoch, $1.name) }
        return checkpoints.filter { $0.lineage == youngest?.lineage }
    }

    /// The file of the checkpoint that a system says it has committed.
    private static func manifestName(_ committed: CommittedEpoch) -> String {
        CheckpointNames.manifest(committed.lineage, committed.epoch, digest: committed.manifestDigestPrefix)
    }

    private static func choices(_ checkpoints: [CheckpointSummary]) -> [Int64] {
        var seen: Set<Int64> = []
        return checkpoints.reversed().compactMap { seen.insert($0.epoch).inserted ? $0.epoch : nil }
    }
}

extension FencedState {
    /// What tells the commit apart from others of its participant; empty where there is none.
    var digestPrefix: String {
        if case .committed(let committed) = self { return committed.manifestDigestPrefix }
        return ""
    }
}

extension CheckpointReference {
    /// Whether a system's commit is that of this checkpoint.
    func isNamed(by committed: CommittedEpoch) -> Bool {
        lineage == committed.lineage && epoch == committed.epoch && digest.hasPrefix(committed.manifestDigestPrefix)
    }
}
