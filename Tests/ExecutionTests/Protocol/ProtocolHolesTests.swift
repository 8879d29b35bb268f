import Dataflow
import Testing

@testable import Execution

/// Exactly-once design, section 3.6: the holes that the protocol itself decides.
struct ProtocolHolesTests {
    typealias Basis = CommitProtocolTests

    private static func committing(_ participants: [CommitProtocol.Participant]) -> CommitProtocol {
        var (machine, _) = Basis.recover(participants, [:], [])
        _ = machine.handle(.started)
        _ = machine.handle(.checkpointDue)
        _ = machine.handle(.captured(isFinal: false))
        var actions = machine.handle(.stored(digest: "d"))
        while case .prepare(let id, _)? = actions.first { actions = machine.handle(.prepared(participant: id)) }
        return machine
    }

    @Test func timeoutOnCommitIsNeverTakenForAborted() {
        var machine = Self.committing([Basis.kafka])
        #expect(machine.handle(.commitFailed(participant: "kafka", .inDoubt)) == [.restart])
        #expect(machine.handle(.begin(lineage: "x")) == [.fence(participant: "kafka")])
        let decided = CommittedEpoch(
            lineage: "new", epoch: 1, manifestDigestPrefix: "d", offsets: [Basis.plays0: 100])
        #expect(machine.handle(.fenced(participant: "kafka", .committed(decided))) == [.readCheckpoints])
        let stored = CheckpointSummary(
            lineage: "new", epoch: 1, name: "c", digest: "d", isAcknowledged: false, offsets: [Basis.plays0: 100])
        #expect(
            machine.handle(.checkpointsRead([stored])) == [.acknowledge(stored.reference), .start(from: stored)])
    }

    /// Whatever a decided epoch was computed from (a clock, a lookup) may be another today: the follower gets the stored rows, the state is
    /// the stored state, and no record of the epoch is read again.
    @Test func nondeterminismOfADecidedEpochIsNotComputedAnew() {
        let decided = Basis.checkpoint(5, acknowledged: false)
        var (machine, actions) = Basis.recover(
            [Basis.kafka, Basis.postgres], ["kafka": Basis.committed(5), "postgres/film": Basis.committed(4)],
            [Basis.checkpoint(4), decided])
        #expect(actions == [.applyRedo(participant: "postgres/film", checkpoint: decided)])
        actions = machine.handle(.redoApplied(participant: "postgres/film", epoch: 5))
        #expect(actions == [.acknowledge(decided.reference), .start(from: decided)])
        // An epoch that was not decided was never visible, and is computed anew.
        let (_, undecided) = Basis.recover(
            [Basis.kafka, Basis.postgres], ["kafka": Basis.committed(4), "postgres/film": Basis.committed(4)],
            [Basis.checkpoint(4), decided])
        #expect(undecided == [.start(from: Basis.checkpoint(4))])
    }

    @Test func zombieInTheStoreLeavesGarbageThatNobodyRestores() {
        var zombie = Basis.checkpoint(5, acknowledged: false)
        zombie.digest = "e5"
        zombie.name = "checkpoint-5-z"
        let (_, actions) = Basis.recover(
            [Basis.kafka], ["kafka": Basis.committed(5)], [Basis.checkpoint(4), Basis.checkpoint(5), zombie])
        #expect(actions == [.start(from: Basis.checkpoint(5))])
    }

    /// The first commit was decided, the process died before it could say so, and came back when the offsets had expired.
    @Test func offsetsThatExpireAfterAFirstCommitInDoubtAreNotABeginning() throws {
        var first = Basis.checkpoint(1, acknowledged: false)
        let (_, fresh) = Basis.recover([Basis.kafka], [:], [first])
        #expect(fresh == [.start(from: nil)], "a commit of today would still be known")
        first.mayBeForgotten = true
        let (_, stale) = Basis.recover([Basis.kafka], [:], [first])
        guard case .refuse(let refusal)? = stale.first else {
            Issue.record("\(stale) instead of a refusal")
            return
        }
        #expect(refusal.code == .commitsMissing)
        #expect(refusal.description.contains("--from-checkpoint 1"))
        // A database does not forget.
        let (_, database) = Basis.recover([Basis.postgres], [:], [first])
        #expect(database == [.start(from: nil)])
    }

    @Test func twoInstancesWithOneIdEndAfterTwoFencings() {
        var machine = Self.committing([Basis.kafka])
        #expect(machine.handle(.commitFailed(participant: "kafka", .fenced)) == [.restart])
        _ = machine.handle(.begin(lineage: "x"))
        _ = machine.handle(.fenced(participant: "kafka", .empty))
        _ = machine.handle(.checkpointsRead([]))
        _ = machine.handle(.started)
        #expect(machine.handle(.membership(.replaced)) == [.stop(.fenced)])
    }

    /// Two instances that begin at the same time shut each other out without either of them having the job: nobody ends by that.
    @Test func beingFencedWhileBeginningIsNotCounted() {
        var machine = Self.committing([Basis.kafka])
        #expect(machine.handle(.commitFailed(participant: "kafka", .fenced)) == [.restart])
        for _ in 0..<5 {
            #expect(machine.handle(.begin(lineage: "x")) == [.fence(participant: "kafka")])
            #expect(machine.handle(.commitFailed(participant: "kafka", .fenced)) == [.restart])
        }
        _ = machine.handle(.begin(lineage: "x"))
        _ = machine.handle(.fenced(participant: "kafka", .empty))
        _ = machine.handle(.checkpointsRead([]))
        _ = machine.handle(.started)
        #expect(machine.handle(.membership(.replaced)) == [.stop(.fenced)])
    }

    @Test func rebalanceInTheMiddleOfAnEpochFinishesIt() {
        var machine = Self.committing([Basis.kafka])
        #expect(machine.handle(.membership(.revoked)) == [])
        _ = machine.handle(.committed(participant: "kafka"))
        #expect(machine.handle(.acknowledged) == [.restart])
    }

    /// An undecided manifest of the same number as a decided one must not be what a follower is given.
    @Test func checkpointIdReuseDoesNotMixUpTheRowsOfTwoManifests() {
        var undecided = Basis.checkpoint(4)
        undecided.digest = "z4"
        undecided.name = "checkpoint-4-z"
        let checkpoints = [Basis.checkpoint(3), Basis.checkpoint(4), undecided, Basis.checkpoint(5)]
        var (machine, actions) = Basis.recover(
            [Basis.kafka, Basis.postgres], ["kafka": Basis.committed(5), "postgres/film": Basis.committed(3)],
            checkpoints)
        #expect(actions == [.applyRedo(participant: "postgres/film", checkpoint: Basis.checkpoint(4))])
        actions = machine.handle(.redoApplied(participant: "postgres/film", epoch: 4))
        #expect(actions == [.applyRedo(participant: "postgres/film", checkpoint: Basis.checkpoint(5))])
    }

    /// The follower committed a manifest of a history that the decider lost in a failover.
    @Test func checkpointIdReuseAfterAFailoverIsNotTakenForTheSameHistory() {
        let other = CommittedEpoch(lineage: "L1", epoch: 4, manifestDigestPrefix: "z4", offsets: [:])
        let (_, actions) = Basis.recover(
            [Basis.kafka, Basis.postgres],
            ["kafka": Basis.committed(5), "postgres/film": .committed(other)],
            [Basis.checkpoint(3), Basis.checkpoint(4), Basis.checkpoint(5)])
        guard case .refuse(let refusal)? = actions.first else {
            Issue.record("\(actions)")
            return
        }
        #expect(refusal.code == .followerAhead)
    }

    @Test func checkpointIdReuseDoesNotHappenWhenAJobIsForked() {
        let (machine, _) = Basis.recover(
            [], [:], [Basis.checkpoint(3), Basis.checkpoint(9)], from: .checkpoint(3))
        #expect(machine.position?.epoch == 9)
        let fork = CheckpointSummary(
            lineage: "L2", epoch: 10, name: "c", digest: "f", isAcknowledged: false, offsets: [:],
            parent: Basis.checkpoint(3).reference)
        let (_, actions) = Basis.recover([], [:], [Basis.checkpoint(3), Basis.checkpoint(9), fork])
        #expect(actions.last == .start(from: fork))
    }

    private static let fork = CheckpointSummary(
        lineage: "L2", epoch: 10, name: "c", digest: "f", isAcknowledged: false, offsets: [Basis.plays0: 1],
        parent: Basis.checkpoint(3).reference, forkedOver: ["kafka": "d9ff", "postgres/film": "d9ff"])
    private static let forked = CommittedEpoch(
        lineage: "L2", epoch: 10, manifestDigestPrefix: "f", offsets: [Basis.plays0: 1])

    /// The decider has committed the first epoch of a fork, and the process died before the follower did.
    @Test func aForkThatDiesBetweenItsCommitsIsHealed() {
        let (_, actions) = Basis.recover(
            [Basis.kafka, Basis.postgres],
            ["kafka": .committed(Self.forked), "postgres/film": Basis.committed(9)],
            [Basis.checkpoint(3), Basis.checkpoint(9), Self.fork])
        #expect(actions == [.applyRedo(participant: "postgres/film", checkpoint: Self.fork)])
    }

    /// The first commit of a fork was in doubt and turns out to be done: the fork is not done a second time.
    @Test func aForkWhoseFirstCommitIsInDoubtIsNotRepeated() {
        var (machine, _) = Basis.recover(
            [Basis.kafka], ["kafka": Basis.committed(9)], [Basis.checkpoint(9)], from: .none)
        _ = machine.handle(.started)
        _ = machine.handle(.checkpointDue)
        _ = machine.handle(.captured(isFinal: false))
        _ = machine.handle(.stored(digest: "f"))
        _ = machine.handle(.prepared(participant: "kafka"))
        #expect(machine.handle(.commitFailed(participant: "kafka", .inDoubt)) == [.restart])
        _ = machine.handle(.begin(lineage: "newer"))
        let committed = CommittedEpoch(
            lineage: "new", epoch: 10, manifestDigestPrefix: "f", offsets: [Basis.plays0: 1])
        _ = machine.handle(.fenced(participant: "kafka", .committed(committed)))
        var stored = Self.fork
        stored.lineage = "new"
        let actions = machine.handle(.checkpointsRead([Basis.checkpoint(9), stored]))
        #expect(actions.last == .start(from: stored))
        #expect(machine.position?.lineage == "new")
    }

    @Test func whatWouldBeRefusedIsReadTwiceBehindItsOwnFences() {
        var machine = CommitProtocol(participants: [Basis.kafka], startingPoint: .committed)
        _ = machine.handle(.begin(lineage: "x"))
        _ = machine.handle(.fenced(participant: "kafka", .empty))
        // Another instance has worked between the fence and the reading.
        let checkpoints = [Basis.checkpoint(1), Basis.checkpoint(2, acknowledged: false)]
        #expect(machine.handle(.checkpointsRead(checkpoints)) == [.fence(participant: "kafka")])
        _ = machine.handle(.fenced(participant: "kafka", Basis.committed(1)))
        #expect(machine.handle(.checkpointsRead(checkpoints)) == [.start(from: checkpoints[0])])
    }

    /// The instance stood still after it had read the checkpoints, and another one has deleted the files meanwhile.
    @Test func aRestoreThatFailsIsTriedOnceMoreBehindNewFences() {
        func attempt(_ machine: inout CommitProtocol) -> [CommitProtocol.Action] {
            _ = machine.handle(.begin(lineage: "x"))
            _ = machine.handle(.fenced(participant: "kafka", Basis.committed(3)))
            #expect(machine.handle(.checkpointsRead([Basis.checkpoint(3)])) == [.start(from: Basis.checkpoint(3))])
            return machine.handle(.failed(isRetriable: false))
        }
        var machine = CommitProtocol(participants: [Basis.kafka], startingPoint: .committed)
        #expect(attempt(&machine) == [.restart])
        #expect(attempt(&machine) == [.stop(.failed)])
    }

    /// The store was emptied, so that the numbers of the fork begin anew below what the follower has.
    @Test func aForkIntoAnEmptyStoreIsHealedThoughItsNumbersAreLower() {
        let first = CheckpointSummary(
            lineage: "L2", epoch: 1, name: "c", digest: "f", isAcknowledged: false, offsets: [Basis.plays0: 1],
            forkedOver: ["kafka": "d9ff", "postgres/film": "d9ff"])
        let committed = CommittedEpoch(
            lineage: "L2", epoch: 1, manifestDigestPrefix: "f", offsets: [Basis.plays0: 1])
        let (_, actions) = Basis.recover(
            [Basis.kafka, Basis.postgres],
            ["kafka": .committed(committed), "postgres/film": Basis.committed(9)], [first])
        #expect(actions == [.applyRedo(participant: "postgres/film", checkpoint: first)])
    }
}
