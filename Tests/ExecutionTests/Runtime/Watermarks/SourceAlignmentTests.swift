import Testing

@testable import Execution

struct SourceAlignmentTests {
    @Test func minimumIsThatOfTheActiveMembers() {
        let members = (0..<3).map { _ in SourceAlignment.Member(signal: WorkerSignal()) }
        let alignment = SourceAlignment(members)
        #expect(alignment.minimum == .max)
        alignment.publish(50, of: members[0])
        alignment.publish(30, of: members[1])
        #expect(alignment.minimum == 30)
        alignment.publish(.max, of: members[1])
        #expect(alignment.minimum == 50)
    }

    @Test func waitingIsRefusedWhereTheThresholdIsReached() {
        let members = (0..<2).map { _ in SourceAlignment.Member(signal: WorkerSignal()) }
        let alignment = SourceAlignment(members)
        alignment.publish(50, of: members[0])
        alignment.publish(70, of: members[1])
        #expect(alignment.wait(members[1], until: 51))
        #expect(!alignment.wait(members[1], until: 50))
    }

    @Test func driftBoundsTheLead() {
        #expect(SourceAlignment.threshold(130, drift: 30) == 100)
        // Before the first row anything may be read.
        #expect(SourceAlignment.threshold(.min, drift: 30) == .min)
        #expect(SourceAlignment.threshold(130, drift: .max) == .min)
    }
}
