import Dataflow
import StateBackends
import Testing

@testable import Execution

/// Torn manifests, and what a recovery makes of them.
struct ManifestHolesTests {
    private func manifest(epoch: Int64 = 7) -> CheckpointManifest {
        CheckpointManifest(
            job: "film", lineage: "0123456789abcdef", epoch: epoch,
            parent: CheckpointReference(lineage: "0123456789abcdef", epoch: 6, digest: "abcdefabcdef"), createdAt: 1,
            keyGroupCount: 128,
            sources: [
                "scan": [
                    SplitState(
                        id: SplitID(topic: "t", partition: 0), nextOffset: 5, lostCount: 2, attributes: ["a": "b"])
                ]
            ], descriptors: [:], files: [], segments: [], redo: [], stateByteCount: 0, isFinal: false)
    }

    private func bytes(_ manifest: CheckpointManifest) throws -> [UInt8] {
        let buffer = try manifest.encoded()
        return withExtendedLifetime(buffer) { Array(buffer.bytes) }
    }

    private func decode(_ bytes: [UInt8]) throws -> CheckpointManifest {
        let buffer = SnapshotBuffer()
        bytes.withUnsafeBytes { buffer.append($0) }
        return try CheckpointManifest.decoded(buffer, name: "checkpoint")
    }

    @Test func tornManifest() throws {
        let whole = try bytes(manifest())
        #expect(try decode(whole).sources == manifest().sources)
        // Wherever it is cut: the last line does not fit, although a JSON document may be whole.
        for length in 0..<whole.count {
            #expect(throws: CheckpointStoreError.self, "\(length)") { _ = try decode(Array(whole.prefix(length))) }
        }
        #expect(throws: CheckpointStoreError.self) { _ = try decode(whole + [0]) }
        #expect(throws: CheckpointStoreError.self) { _ = try decode([UInt8(ascii: " ")] + whole) }
    }

    @Test func manifestsOfBeforeAreRead() throws {
        var old = manifest()
        old.format = 1
        let text = String(decoding: try bytes(old), as: UTF8.self)
        let firstLine = text.split(separator: "\n")[0]
        #expect(try decode(Array(firstLine.utf8)).epoch == 7)
    }

    // MARK: What a recovery makes of a damaged manifest

    private func summary(
        _ epoch: Int64, isAcknowledged: Bool = true, isReadable: Bool = true, lineage: String = "0123456789abcdef",
        createdAt: Int64 = 0
    ) -> CheckpointSummary {
        CheckpointSummary(
            lineage: isReadable ? lineage : String(lineage.prefix(8)), epoch: epoch,
            name: "checkpoint-\(epoch)-\(lineage)",
            digest: "abcdefabcdef", isAcknowledged: isAcknowledged, offsets: [:], isReadable: isReadable,
            createdAt: createdAt)
    }

    /// What is done once the systems have said what they know and the store what it has.
    private func recover(
        _ state: FencedState?, forgets: Bool = false, _ checkpoints: [CheckpointSummary]
    ) -> [CommitProtocol.Action] {
        let participants = state.map { _ in
            [CommitProtocol.Participant(id: "decider", deciderRank: 0, forgetsCommits: forgets)]
        }
        var machine = CommitProtocol(participants: participants ?? [], startingPoint: .committed)
        var actions = machine.handle(.begin(lineage: "new"))
        if let state { actions = machine.handle(.fenced(participant: "decider", state)) }
        #expect(actions == [.readCheckpoints])
        actions = machine.handle(.checkpointsRead(checkpoints))
        // What would be refused is looked at a second time, behind fences of its own.
        if actions == [.readCheckpoints] { actions = machine.handle(.checkpointsRead(checkpoints)) }
        if let state, actions == [.fence(participant: "decider")] {
            #expect(machine.handle(.fenced(participant: "decider", state)) == [.readCheckpoints])
            actions = machine.handle(.checkpointsRead(checkpoints))
        }
        return actions
    }

    private func committed(_ epoch: Int64, lineage: String = "0123456789abcdef") -> FencedState {
        .committed(
            CommittedEpoch(
                lineage: lineage, epoch: epoch, manifestDigestPrefix: "abcdefabcdef", offsets: [:]))
    }

    private func expectRefusal(
        _ actions: [CommitProtocol.Action], _ location: SourceLocation = #_sourceLocation
    ) {
        guard case .refuse(let refusal)? = actions.first else {
            Issue.record("\(actions)", sourceLocation: location)
            return
        }
        #expect(refusal.found.contains("damaged"), sourceLocation: location)
    }

    @Test func anUnreadableManifestThatTheDeciderDoesNotNameIsPassedOver() {
        let actions = recover(committed(4), [summary(4), summary(5, isAcknowledged: false, isReadable: false)])
        #expect(actions == [.start(from: summary(4))])
    }

    @Test func anUnreadableManifestThatTheDeciderNamesIsRefused() {
        expectRefusal(recover(committed(5), [summary(4), summary(5, isReadable: false)]))
    }

    @Test func anUnreadableManifestIsNoNewJob() {
        // A decider that knows nothing, and a store whose manifests are all damaged.
        expectRefusal(recover(.empty, [summary(5, isReadable: false)]))
        // A decider that may have forgotten: what cannot be read may have been decided.
        expectRefusal(
            recover(.empty, forgets: true, [summary(4), summary(5, isAcknowledged: false, isReadable: false)]))
        #expect(
            recover(.empty, forgets: true, [summary(3, isReadable: false), summary(4)]) == [.start(from: summary(4))])
    }

    @Test func anUnreadableManifestThatIsItselfTheDecisionIsRefused() {
        expectRefusal(recover(nil, [summary(4), summary(5, isReadable: false)]))
        #expect(recover(nil, [summary(3, isReadable: false), summary(4)]) == [.start(from: summary(4))])
    }

    /// A job that was started from an older checkpoint goes on in its new history, whose numbers are lower.
    @Test func theYoungerLineageGoesOn() {
        let old = summary(9, lineage: "aaaaaaaaaaaaaaaa", createdAt: 100)
        let young = summary(6, lineage: "bbbbbbbbbbbbbbbb", createdAt: 200)
        #expect(recover(nil, [young, old]) == [.start(from: young)])
        #expect(recover(.empty, forgets: true, [young, old]) == [.start(from: young)])
    }

    /// The standby that took over lacks the last commits: their names must not be those of what comes now.
    @Test func aDatabaseThatWentBackBeginsANewLineage() {
        var machine = CommitProtocol(
            participants: [.init(id: "decider", deciderRank: 10, forgetsCommits: false)], startingPoint: .committed)
        _ = machine.handle(.begin(lineage: "new"))
        _ = machine.handle(.fenced(participant: "decider", committed(3)))
        let actions = machine.handle(.checkpointsRead([summary(2), summary(3), summary(4)]))
        #expect(actions == [.start(from: summary(3))])
        #expect(machine.position == .init(lineage: "new", epoch: 4, parent: summary(3).reference))
        // Kafka's rows do not go back with its offsets.
        guard case .refuse(let refusal)? = recover(committed(3), forgets: true, [summary(3), summary(4)]).first else {
            Issue.record("not refused")
            return
        }
        #expect(refusal.code == .commitsMissing)
    }

    /// A standby took over that lacks everything since a start by hand, perhaps also what was done to the rows before it.
    @Test func aDatabaseThatWentBackBehindAStartByHandIsRefused() {
        var fork = summary(5, lineage: "bbbbbbbbbbbbbbbb")
        fork.parent = summary(3).reference
        fork.forkedOver = ["decider": committed(4).digestPrefix]
        guard case .refuse(let refusal)? = recover(committed(4), [summary(3), summary(4), fork]).first else {
            Issue.record("not refused")
            return
        }
        #expect(refusal.code == .commitsMissing)
        #expect(refusal.choices.contains(3) && refusal.choices.contains(4))
        // A start by hand that never came to commit has changed nothing.
        fork.isAcknowledged = false
        #expect(recover(committed(4), [summary(3), summary(4), fork]) == [.start(from: summary(4))])
    }

    /// The first checkpoint of the lineage that was started by hand is collected long before, and those that follow remember it.
    @Test func aStartByHandIsRememberedByEveryCheckpointAfterIt() {
        var later = summary(9, lineage: "bbbbbbbbbbbbbbbb")
        later.earlierForks = [["decider": committed(4).digestPrefix]]
        guard case .refuse(let refusal)? = recover(committed(4), [summary(3), summary(4), later]).first else {
            Issue.record("not refused")
            return
        }
        #expect(refusal.code == .commitsMissing)
        // Handed on from one checkpoint to the next, over a recovery too.
        var machine = CommitProtocol(
            participants: [.init(id: "decider", deciderRank: 10, forgetsCommits: false)], startingPoint: .checkpoint(3))
        _ = machine.handle(.begin(lineage: "cccccccccccccccc"))
        _ = machine.handle(.fenced(participant: "decider", committed(9, lineage: later.lineage)))
        _ = machine.handle(.checkpointsRead([summary(3), summary(4), later]))
        #expect(machine.position?.earlierForks == later.earlierForks)
        let forkedOver = committed(9, lineage: later.lineage).digestPrefix
        #expect(machine.position?.forkedOver == ["decider": forkedOver])
        _ = machine.handle(.started)
        _ = machine.handle(.checkpointDue)
        _ = machine.handle(.captured(isFinal: false))
        _ = machine.handle(.stored(digest: "f"))
        _ = machine.handle(.prepared(participant: "decider"))
        _ = machine.handle(.committed(participant: "decider"))
        #expect(machine.position?.earlierForks == later.earlierForks + [["decider": forkedOver]])
    }

    /// What was committed in a lineage that is lost as a whole has used its numbers all the same.
    @Test func aDatabaseThatLostAWholeLineageUsesNoNumberAgain() {
        var machine = CommitProtocol(
            participants: [.init(id: "decider", deciderRank: 10, forgetsCommits: false)], startingPoint: .committed)
        _ = machine.handle(.begin(lineage: "new"))
        _ = machine.handle(.fenced(participant: "decider", committed(3)))
        let lost = summary(7, lineage: "bbbbbbbbbbbbbbbb")
        #expect(machine.handle(.checkpointsRead([summary(3), lost])) == [.start(from: summary(3))])
        #expect(machine.position == .init(lineage: "new", epoch: 7, parent: summary(3).reference))
    }

    /// The process ended between the decision of the new lineage's first epoch and the follower's commit of it.
    @Test func aFollowerIsGivenTheFirstEpochOfANewLineage() {
        let (old, new) = ("0123456789abcdef", "bbbbbbbbbbbbbbbb")
        var first = summary(4, isAcknowledged: false, lineage: new)
        first.parent = CheckpointReference(lineage: old, epoch: 3, digest: "abcdefabcdef")
        func healing(followerAt epoch: Int64) -> [CommitProtocol.Action] {
            var machine = CommitProtocol(
                participants: [
                    .init(id: "decider", deciderRank: 10, forgetsCommits: false),
                    .init(id: "follower", deciderRank: 20, forgetsCommits: false),
                ], startingPoint: .committed)
            _ = machine.handle(.begin(lineage: "newest"))
            let decided = CommittedEpoch(
                lineage: new, epoch: 4, manifestDigestPrefix: "abcdefabcdef", offsets: [:])
            _ = machine.handle(.fenced(participant: "decider", .committed(decided)))
            _ = machine.handle(.fenced(participant: "follower", committed(epoch)))
            var actions = machine.handle(.checkpointsRead([summary(2), summary(3), first]))
            if actions == [.fence(participant: "decider")] {
                _ = machine.handle(.fenced(participant: "decider", .committed(decided)))
                _ = machine.handle(.fenced(participant: "follower", committed(epoch)))
                actions = machine.handle(.checkpointsRead([summary(2), summary(3), first]))
            }
            return actions
        }
        #expect(healing(followerAt: 3) == [.applyRedo(participant: "follower", checkpoint: first)])
        guard case .refuse(let refusal)? = healing(followerAt: 2).first else {
            Issue.record("not refused")
            return
        }
        #expect(refusal.code == .followerAhead)
    }

    // MARK: Two instances with one id

    @Test func twoFencingsWithinAMinuteEndAnInstance() {
        func fenced(_ events: [CommitProtocol.Event]) -> [[CommitProtocol.Action]] {
            var machine = CommitProtocol(
                participants: [.init(id: "decider", deciderRank: 0, forgetsCommits: false)], startingPoint: .committed)
            return events.map { event in
                // Running first: only who has the job can lose it.
                _ = machine.handle(.begin(lineage: "new"))
                _ = machine.handle(.fenced(participant: "decider", .empty))
                _ = machine.handle(.checkpointsRead([]))
                _ = machine.handle(.started)
                return machine.handle(event)
            }
        }
        let failure = CommitProtocol.Event.commitFailed(participant: "decider", .fenced)
        #expect(fenced([failure, failure]) == [[.restart], [.stop(.fenced)]])
        #expect(fenced([failure, .fencingForgotten, failure]) == [[.restart], [], [.restart]])
    }

    @Test func waitsDoNotFollowTheWallClock() {
        // Nothing is put: the time-out must come from a clock that no one sets. A wall clock's deadline would lie in the past or the
        // far future when it is set back or forth meanwhile; here only that the wait ends.
        let queue = EventQueue<Int>()
        #expect(queue.take(timeoutNanoseconds: 1_000_000) == nil)
        queue.put(1)
        queue.put(2)
        #expect(queue.take(timeoutNanoseconds: 1_000_000_000) == 1)
        #expect(queue.take(timeoutNanoseconds: 1_000_000_000) == 2)
    }
}
