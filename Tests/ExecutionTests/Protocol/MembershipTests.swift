import Dataflow
import Testing

@testable import Execution

/// Exactly-once design, section 4.2: what becomes of an epoch when the group takes the input away.
struct MembershipTests {
    static func running() -> CommitProtocol {
        var (machine, _) = CommitProtocolTests.recover(
            [CommitProtocolTests.kafka, CommitProtocolTests.postgres], [:], [])
        #expect(machine.handle(.started) == [])
        return machine
    }

    /// Events of one epoch that is committed.
    static let epoch: [CommitProtocol.Event] = [
        .captured(isFinal: false), .stored(digest: "d"), .prepared(participant: "postgres/film"),
        .prepared(participant: "kafka"), .committed(participant: "kafka"), .committed(participant: "postgres/film"),
    ]

    @Test func revokedInputIsGivenUpAfterItsEpochIsCommitted() {
        var machine = Self.running()
        #expect(machine.handle(.membership(.revoked)) == [.capture(epoch: 1)])
        for event in Self.epoch { #expect(!machine.handle(event).contains(.restart)) }
        #expect(machine.handle(.acknowledged) == [.restart])
        #expect(machine.position?.epoch == 1)
        #expect(
            machine.handle(.begin(lineage: "x")) == [.fence(participant: "kafka")], "assigned: fence before reading")
    }

    @Test(arguments: 0..<6) func inputRevokedDuringACommitGoesAfterThatCommit(step: Int) {
        var machine = Self.running()
        #expect(machine.handle(.checkpointDue) == [.capture(epoch: 1)])
        for event in Self.epoch[..<step] { _ = machine.handle(event) }
        #expect(machine.handle(.membership(.revoked)) == [])
        for event in Self.epoch[step...] { _ = machine.handle(event) }
        #expect(machine.handle(.acknowledged) == [.restart])
    }

    @Test(arguments: 0..<6) func anEpochThatTakesTooLongIsDroppedBeforeTheInputGoes(step: Int) {
        var machine = Self.running()
        _ = machine.handle(.membership(.revoked))
        for event in Self.epoch[..<step] { _ = machine.handle(event) }
        #expect(machine.handle(.membership(.budgetSpent)) == [.restart])
        for event in Self.epoch[step...] { #expect(machine.handle(event) == [], "nothing is committed any more") }
    }

    @Test(arguments: 0..<6) func afterTheInputIsLostNothingIsCommitted(step: Int) {
        var machine = Self.running()
        _ = machine.handle(.checkpointDue)
        for event in Self.epoch[..<step] { _ = machine.handle(event) }
        #expect(machine.handle(.membership(.lost)) == [.restart])
        for event in Self.epoch[step...] { #expect(machine.handle(event) == []) }
        #expect(machine.handle(.begin(lineage: "x")) == [.fence(participant: "kafka")])
    }

    @Test func inputRevokedBeforeTheFirstReadIsGivenUpAtOnce() {
        var machine = CommitProtocol(participants: [CommitProtocolTests.kafka], startingPoint: .committed)
        _ = machine.handle(.begin(lineage: "x"))
        #expect(machine.handle(.membership(.revoked)) == [.restart])
    }

    @Test func whoeverIsReplacedTwiceStops() {
        var machine = Self.running()
        #expect(machine.handle(.membership(.replaced)) == [.restart])
        var actions = machine.handle(.begin(lineage: "x"))
        while case .fence(let id)? = actions.first { actions = machine.handle(.fenced(participant: id, .empty)) }
        _ = machine.handle(.checkpointsRead([]))
        _ = machine.handle(.started)
        #expect(machine.handle(.membership(.replaced)) == [.stop(.fenced)])
    }

    @Test func newsOfAnAttemptThatIsOverMeansNothing() {
        var machine = Self.running()
        _ = machine.handle(.failed(isRetriable: true))
        #expect(machine.handle(.membership(.lost)) == [])
    }
}
