import Dataflow
import Testing

@testable import Execution

/// Section by section: recovery rules, the order of a commit, what failures lead to.
struct CommitProtocolTests {
    static let kafka = CommitProtocol.Participant(id: "kafka", deciderRank: 0, forgetsCommits: true)
    static let postgres = CommitProtocol.Participant(id: "postgres/film", deciderRank: 1, forgetsCommits: false)
    static let plays0 = SplitID(topic: "plays", partition: 0)

    static func checkpoint(_ epoch: Int64, lineage: String = "L1", acknowledged: Bool = true) -> CheckpointSummary {
        CheckpointSummary(
            lineage: lineage, epoch: epoch, name: "checkpoint-\(epoch)", digest: "d\(epoch)ffffffffffff",
            isAcknowledged: acknowledged, offsets: [plays0: epoch * 100],
            parent: epoch > 1
                ? CheckpointReference(lineage: lineage, epoch: epoch - 1, digest: "d\(epoch - 1)ffffffffffff") : nil)
    }

    static func committed(_ epoch: Int64, lineage: String = "L1", offset: Int64? = nil) -> FencedState {
        .committed(
            CommittedEpoch(
                lineage: lineage, epoch: epoch, manifestDigestPrefix: "d\(epoch)ff",
                offsets: [plays0: offset ?? epoch * 100]))
    }

    /// Runs an attempt up to the decision of where to start.
    static func recover(
        _ participants: [CommitProtocol.Participant], _ states: [String: FencedState],
        _ checkpoints: [CheckpointSummary], from point: CommitProtocol.StartingPoint = .committed
    ) -> (machine: CommitProtocol, actions: [CommitProtocol.Action]) {
        var machine = CommitProtocol(participants: participants, startingPoint: point)
        var actions = machine.handle(.begin(lineage: "new"))
        while case .fence(let id)? = actions.first {
            actions = machine.handle(.fenced(participant: id, states[id] ?? .empty))
        }
        #expect(actions == [.readCheckpoints])
        actions = machine.handle(.checkpointsRead(checkpoints))
        // What would be refused is looked at a second time.
        while case .fence(let id)? = actions.first {
            actions = machine.handle(.fenced(participant: id, states[id] ?? .empty))
            if actions == [.readCheckpoints] { actions = machine.handle(.checkpointsRead(checkpoints)) }
        }
        return (machine, actions)
    }

    @Test func everySystemIsFencedBeforeAnythingIsRead() {
        var machine = CommitProtocol(participants: [Self.postgres, Self.kafka], startingPoint: .committed)
        #expect(machine.handle(.begin(lineage: "new")) == [.fence(participant: "kafka")])
        #expect(machine.handle(.checkpointsRead([])) == [])
        #expect(machine.handle(.fenced(participant: "kafka", .empty)) == [.fence(participant: "postgres/film")])
        #expect(machine.handle(.fenced(participant: "postgres/film", .empty)) == [.readCheckpoints])
    }

    @Test func kafkaDecidesBeforePostgres() {
        let machine = CommitProtocol(participants: [Self.postgres, Self.kafka], startingPoint: .committed)
        #expect(machine.decider == Self.kafka)
        #expect(machine.followers == [Self.postgres])
    }

    @Test func nothingAnywhereIsANewJob() {
        let (machine, actions) = Self.recover([Self.kafka], [:], [])
        #expect(actions == [.start(from: nil)])
        #expect(machine.position == .init(lineage: "new", epoch: 0, parent: nil))
    }

    @Test func anUndecidedManifestIsGarbage() {
        let (machine, actions) = Self.recover([Self.postgres], [:], [Self.checkpoint(1, acknowledged: false)])
        #expect(actions == [.start(from: nil)])
        #expect(machine.position?.lineage == "new")
    }

    @Test func theCommittedCheckpointIsRestoredAndNotALaterOne() {
        let checkpoints = [Self.checkpoint(4), Self.checkpoint(5), Self.checkpoint(6, acknowledged: false)]
        let (machine, actions) = Self.recover([Self.kafka], ["kafka": Self.committed(5)], checkpoints)
        #expect(actions == [.start(from: checkpoints[1])])
        #expect(machine.position == .init(lineage: "L1", epoch: 5, parent: checkpoints[1].reference))
    }

    @Test func aCommitWhoseAcknowledgementWasLostIsAcknowledgedAtTheStart() {
        let last = Self.checkpoint(6, acknowledged: false)
        let (_, actions) = Self.recover([Self.kafka], ["kafka": Self.committed(6)], [Self.checkpoint(5), last])
        #expect(actions == [.acknowledge(last.reference), .start(from: last)])
    }

    @Test(arguments: [
        (
            ["kafka": FencedState.empty], [checkpoint(3), checkpoint(4, acknowledged: false)],
            Refusal.Code.commitsMissing
        ),
        (["kafka": .foreign("offsets without metadata")], [checkpoint(3)], .foreign),
        (["kafka": committed(7)], [checkpoint(3)], .checkpointMissing),
        (["kafka": committed(3, lineage: "L2")], [checkpoint(3)], .checkpointMissing),
        (["kafka": committed(3, offset: 17)], [checkpoint(3)], .offsetsDiffer),
    ])
    func whatCouldLoseOrDoubleRowsIsRefused(
        states: [String: FencedState], checkpoints: [CheckpointSummary], code: Refusal.Code
    ) throws {
        let (machine, actions) = Self.recover([Self.kafka], states, checkpoints)
        guard case .refuse(let refusal)? = actions.first else {
            Issue.record("\(actions) instead of a refusal")
            return
        }
        #expect(refusal.code == code)
        #expect(refusal.description.contains("--from-checkpoint"))
        #expect(machine.isStopped)
    }

    @Test func expiredOffsetsResumeFromTheNewestAcknowledgedCheckpoint() {
        let (_, actions) = Self.recover([Self.kafka], [:], [Self.checkpoint(3), Self.checkpoint(4)])
        #expect(actions == [.start(from: Self.checkpoint(4))])
    }

    @Test func aDatabaseThatForgotIsRefused() {
        let (_, actions) = Self.recover([Self.postgres], [:], [Self.checkpoint(4)])
        guard case .refuse(let refusal)? = actions.first else {
            Issue.record("\(actions)")
            return
        }
        #expect(refusal.code == .commitsMissing)
    }

    @Test func aFollowerThatIsBehindGetsEveryMissingEpochInOrder() {
        let checkpoints = [Self.checkpoint(3), Self.checkpoint(4), Self.checkpoint(5, acknowledged: false)]
        var (machine, actions) = Self.recover(
            [Self.kafka, Self.postgres], ["kafka": Self.committed(5), "postgres/film": Self.committed(3)], checkpoints)
        #expect(actions == [.applyRedo(participant: "postgres/film", checkpoint: checkpoints[1])])
        actions = machine.handle(.redoApplied(participant: "postgres/film", epoch: 4))
        #expect(actions == [.applyRedo(participant: "postgres/film", checkpoint: checkpoints[2])])
        actions = machine.handle(.redoApplied(participant: "postgres/film", epoch: 5))
        #expect(actions == [.acknowledge(checkpoints[2].reference), .start(from: checkpoints[2])])
    }

    @Test(arguments: [
        (committed(6), Refusal.Code.followerAhead), (committed(5, lineage: "L9"), .followerAhead),
        (committed(1), .redoMissing), (.foreign("no lineage"), .foreign),
    ])
    func aFollowerOfAnotherHistoryIsRefused(state: FencedState, code: Refusal.Code) {
        let (_, actions) = Self.recover(
            [Self.kafka, Self.postgres], ["kafka": Self.committed(5), "postgres/film": state],
            [Self.checkpoint(3), Self.checkpoint(4), Self.checkpoint(5)])
        guard case .refuse(let refusal)? = actions.first else {
            Issue.record("\(actions)")
            return
        }
        #expect(refusal.code == code)
    }

    @Test func aChosenCheckpointStartsANewLineage() {
        let (machine, actions) = Self.recover(
            [Self.kafka], ["kafka": Self.committed(9)], [Self.checkpoint(3), Self.checkpoint(9)], from: .checkpoint(3))
        #expect(actions == [.start(from: Self.checkpoint(3))])
        #expect(
            machine.position
                == .init(
                    lineage: "new", epoch: 9, parent: Self.checkpoint(3).reference, forkedOver: ["kafka": "d9ff"]))
    }

    @Test func theOrderOfACommit() {
        var (machine, _) = Self.recover([Self.kafka, Self.postgres], [:], [])
        #expect(machine.handle(.started) == [])
        #expect(machine.handle(.checkpointDue) == [.capture(epoch: 1)])
        #expect(machine.handle(.checkpointDue) == [], "one checkpoint at a time")
        let position = CommitProtocol.Position(lineage: "new", epoch: 0, parent: nil)
        #expect(
            machine.handle(.captured(isFinal: false))
                == [.store(epoch: 1, position: position, followers: ["postgres/film"])])
        #expect(machine.handle(.stored(digest: "d")) == [.prepare(participant: "postgres/film", epoch: 1)])
        #expect(
            machine.handle(.prepared(participant: "postgres/film")) == [.prepare(participant: "kafka", epoch: 1)])
        #expect(machine.handle(.prepared(participant: "kafka")) == [.commit(participant: "kafka", epoch: 1)])
        #expect(
            machine.handle(.committed(participant: "kafka")) == [.commit(participant: "postgres/film", epoch: 1)])
        #expect(
            machine.handle(.committed(participant: "postgres/film")) == [
                .acknowledge(CheckpointReference(lineage: "new", epoch: 1, digest: "d"))
            ])
        #expect(machine.handle(.acknowledged) == [])
        #expect(machine.isRunning)
        #expect(machine.position?.epoch == 1)
    }

    @Test func withoutAParticipantTheManifestDecides() {
        var (machine, _) = Self.recover([], [:], [])
        _ = machine.handle(.started)
        _ = machine.handle(.checkpointDue)
        _ = machine.handle(.captured(isFinal: false))
        #expect(
            machine.handle(.stored(digest: "d")) == [
                .acknowledge(CheckpointReference(lineage: "new", epoch: 1, digest: "d"))
            ])
        #expect(machine.position?.epoch == 1)
    }

    @Test(arguments: [CommitOutcome.aborted, .inDoubt, .fenced])
    func aFailedCommitIsNeverGuessedAbout(outcome: CommitOutcome) {
        var machine = Self.deciding()
        #expect(machine.handle(.commitFailed(participant: "kafka", outcome)) == [.restart])
        #expect(machine.handle(.begin(lineage: "x")) == [.fence(participant: "kafka")])
    }

    @Test func beingFencedTwiceMeansAnotherInstance() {
        var machine = Self.deciding()
        #expect(machine.handle(.commitFailed(participant: "kafka", .fenced)) == [.restart])
        _ = machine.handle(.begin(lineage: "new"))
        _ = machine.handle(.fenced(participant: "kafka", .empty))
        _ = machine.handle(.checkpointsRead([]))
        Self.advanceToCommit(&machine)
        #expect(machine.handle(.commitFailed(participant: "kafka", .fenced)) == [.stop(.fenced)])
    }

    @Test func aStopTakesALastCheckpoint() {
        var (machine, _) = Self.recover([Self.kafka], [:], [])
        _ = machine.handle(.started)
        #expect(machine.handle(.stopRequested) == [.capture(epoch: 1)])
        _ = machine.handle(.captured(isFinal: false))
        _ = machine.handle(.stored(digest: "d"))
        _ = machine.handle(.prepared(participant: "kafka"))
        _ = machine.handle(.committed(participant: "kafka"))
        #expect(machine.handle(.acknowledged) == [.stop(.stopped)])
    }

    @Test func inputThatEndsDuringACheckpointGetsOneMore() {
        var (machine, _) = Self.recover([Self.kafka], [:], [])
        _ = machine.handle(.started)
        _ = machine.handle(.checkpointDue)
        #expect(machine.handle(.inputEnded) == [])
        _ = machine.handle(.captured(isFinal: false))
        _ = machine.handle(.stored(digest: "d"))
        _ = machine.handle(.prepared(participant: "kafka"))
        _ = machine.handle(.committed(participant: "kafka"))
        #expect(machine.handle(.acknowledged) == [.capture(epoch: 2)])
        _ = machine.handle(.captured(isFinal: true))
        _ = machine.handle(.stored(digest: "d"))
        _ = machine.handle(.prepared(participant: "kafka"))
        _ = machine.handle(.committed(participant: "kafka"))
        #expect(machine.handle(.acknowledged) == [.stop(.finished)])
    }

    private static func deciding() -> CommitProtocol {
        var (machine, _) = recover([kafka], [:], [])
        advanceToCommit(&machine)
        return machine
    }

    private static func advanceToCommit(_ machine: inout CommitProtocol) {
        _ = machine.handle(.started)
        _ = machine.handle(.checkpointDue)
        _ = machine.handle(.captured(isFinal: false))
        _ = machine.handle(.stored(digest: "d"))
        let actions = machine.handle(.prepared(participant: "kafka"))
        #expect(actions == [.commit(participant: "kafka", epoch: 1)])
    }
}
