import Failpoints
import Testing

#if FAILPOINTS
    struct FailpointPlanTests {
        @Test func entriesHaveActionHitTimesAndChance() throws {
            let plan = try FailpointPlan(
                parsing: "beforeFence=kill; fileWrite = stop(250)@3;afterFence=error@2*2;captured=delay%12.5;")
            #expect(
                plan.entries == [
                    .init(.beforeFence, FailpointAction(.kill)),
                    .init(.fileWrite, FailpointAction(.stop, milliseconds: 250), hit: 3),
                    .init(.afterFence, FailpointAction(.error), hit: 2), .init(.afterFence, FailpointAction(.error)),
                    .init(.captured, FailpointAction(.delay), percent: 12.5),
                ])
            #expect(try FailpointPlan(parsing: plan.text).entries == plan.entries)
        }

        @Test(arguments: [
            ("nowhere=kill", "beforeFence"), ("beforeFence=explode", "kill, stop(300), delay(100), error"),
            ("fileSync=error", "fsync"), ("beforeFence=kill(3)", "only stop and delay"), ("beforeFence", "name=action"),
            ("beforeFence=delay(-1)", "only stop and delay"), ("beforeFence=kill@0", "'@' must be followed"),
            ("beforeFence=kill%101", "'%' must be followed"), ("beforeFence=enospc", "error"),
        ])
        func mistakesAreAnsweredWithTheChoices(text: String, answer: String) {
            #expect {
                _ = try FailpointPlan(parsing: text)
            } throws: {
                "\($0)".contains(answer)
            }
        }

        @Test func thereAreAtLeastFortyPointsWithActions() {
            #expect(Failpoint.allCases.count >= 40)
            for name in Failpoint.allCases { #expect(name.actions.contains(.kill) && name.actions.contains(.stop)) }
        }
    }
#endif
