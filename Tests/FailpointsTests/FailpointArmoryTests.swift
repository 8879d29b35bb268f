import Failpoints
import Foundation
import Testing

#if FAILPOINTS
    struct FailpointArmoryTests {
        private func armory(_ text: String, log: String? = nil) throws -> FailpointArmory {
            FailpointArmory(try FailpointPlan(parsing: text), logPath: log)
        }

        private func withLog(_ body: (String) throws -> Void) rethrows {
            let path = FileManager.default.temporaryDirectory.path + "/failpoints-\(UUID().uuidString)"
            defer { try? FileManager.default.removeItem(atPath: path) }
            try body(path)
        }

        @Test func anActionComesOnItsHitAndOnlyThen() throws {
            let armory = try armory("captured=delay@3")
            #expect((1...5).map { _ in armory.fire(.captured)?.kind } == [nil, nil, .delay, nil, nil])
            #expect(armory.fire(.beforeFence) == nil)
        }

        @Test func entriesOfOneNameFollowOneAnother() throws {
            let armory = try armory("captured=error;captured=delay@2;captured=error*2")
            #expect((1...6).map { _ in armory.fire(.captured)?.kind } == [.error, nil, .delay, .error, .error, nil])
        }

        @Test func aChanceOfAHundredPercentActsAlways() throws {
            let armory = try armory("captured=error%100")
            #expect((1...3).map { _ in armory.fire(.captured)?.kind } == [.error, .error, .error])
        }

        @Test func aKeyActsWheneverItIsPassedBesideTheOthers() throws {
            let plan = try FailpointPlan(parsing: "kafkaRecord=kill#7;kafkaRecord=delay@3")
            #expect(try FailpointPlan(parsing: plan.text).entries == plan.entries)
            let armory = FailpointArmory(plan, logPath: nil)
            #expect(
                [7, 1, 7, 2, 3, 7].map { armory.fire(.kafkaRecord, key: $0)?.kind } == [
                    .kill, nil, .kill, nil, .delay, .kill,
                ])
        }

        @Test func theNextProcessGoesOnWhereTheLogEnds() throws {
            try withLog { log in
                let plan = "captured=error;captured=delay@3;beforeFence=error"
                let first = try armory(plan, log: log)
                #expect((1...2).map { _ in first.fire(.captured)?.kind } == [.error, nil])
                let second = try armory(plan, log: log)
                #expect((1...3).map { _ in second.fire(.captured)?.kind } == [nil, .delay, nil])
                #expect(second.fire(.beforeFence)?.kind == .error)
                #expect(try armory(plan, log: log).fire(.beforeFence) == nil)
                let lines = FailpointLog(path: log).lines
                #expect(lines.filter { $0.event == .fired }.map(\.action) == [.error, .delay, .error])
                #expect(
                    lines.filter { $0.event == .passed }.map(\.name) == [
                        .captured, .captured, .beforeFence, .beforeFence,
                    ])
            }
        }

        @Test func environmentsAreJudged() {
            #expect(Failpoint.problem(in: [:]) == nil)
            #expect(Failpoint.problem(in: ["MILLRACE_FAILPOINTS": "captured=error"]) == nil)
            #expect(Failpoint.problem(in: ["MILLRACE_FAILPOINTS": "captured"])?.contains("name=action") == true)
        }
    }
#endif
