import DevBroker
import Foundation
import Testing

/// What a script says about requests, without a broker.
@Suite struct FaultScriptTests {
    private func script(_ text: String) throws -> FaultScript {
        var script = try FaultScript(parsing: text)
        script.arm(now: 0)
        return script
    }

    /// Which of a number of like requests are hit, counted from 1.
    private func hits(_ text: String, of request: FaultRequest = FaultRequest(.produce), count: Int = 12) throws
        -> [Int]
    {
        var script = try script(text)
        return (1...count).filter { _ in script.decide(request, now: 0) != nil }
    }

    @Test(arguments: [
        ("Produce -> duplicate", Array(1...12)), ("produce request 3 -> duplicate", [3]),
        ("Produce requests 2..4 -> duplicate", [2, 3, 4]), ("Produce requests 11.. -> duplicate", [11, 12]),
        ("Produce every 5 -> duplicate", [5, 10]), ("Produce every 2 times 3 -> duplicate", [2, 4, 6]),
        ("Fetch -> duplicate", []), ("Fetch,Produce request 1 -> duplicate", [1]),
        ("any requests 12..12 -> duplicate", [12]), ("data request 1 -> duplicate", [1]),
        ("transactions -> duplicate", []), ("Produce chance 0% -> duplicate", []),
        ("Produce chance 100% -> duplicate", Array(1...12)),
    ])
    func requestsAreChosenByCount(text: String, expected: [Int]) throws {
        #expect(try hits(text) == expected)
    }

    @Test func chancesFollowTheSeed() throws {
        let first = try hits("seed 7\nProduce chance 30% -> close", count: 200)
        #expect(try hits("seed 7\nProduce chance 30% -> close", count: 200) == first)
        #expect(try hits("seed 8\nProduce chance 30% -> close", count: 200) != first)
        #expect((30...90).contains(first.count))
    }

    @Test func requestsAreChosenByNames() throws {
        let subject = FaultSubject(transactionalId: "job-0", groups: ["job"], topics: ["in", "orders"])
        let request = FaultRequest(.txnOffsetCommit, clientId: "client", subject: subject)
        for fitting in [
            "client=client", "client=cl*", "transaction=job-*", "group=job", "topic=or*s", "topic=* group=j*b",
        ] {
            #expect(try hits("TxnOffsetCommit \(fitting) -> close", of: request, count: 1) == [1], "\(fitting)")
        }
        for other in ["client=c", "transaction=job", "group=other", "topic=order", "topic=in group=other"] {
            #expect(try hits("TxnOffsetCommit \(other) -> close", of: request, count: 1) == [], "\(other)")
        }
        #expect(try hits("Heartbeat topic=* -> close", of: FaultRequest(.heartbeat)) == [])
    }

    @Test(arguments: ["data", "data requests 2.."])
    func whatTakesEveryRequestIsOverOnceItsWindowCloses(choice: String) throws {
        var script = try script("\(choice) until Metadata -> error NOT_LEADER_OR_FOLLOWER")
        let requests: [ApiKey] = [.produce, .produce, .fetch, .metadata, .produce, .fetch]
        let hits = requests.map { script.decide(FaultRequest($0), now: 0) != nil }
        #expect(hits.dropFirst() == [true, true, false, false, false])
    }

    @Test func windowsAreOpenForATime() throws {
        var script = try script("Produce request 2 for 5s -> error NOT_ENOUGH_REPLICAS")
        let times: [Int64] = [0, 1000, 2000, 5999, 6000, 7000]
        #expect(times.filter { script.decide(FaultRequest(.produce), now: $0) != nil } == [1000, 2000, 5999])
    }

    @Test func windowsEndWithARequest() throws {
        var script = try script("Produce until Metadata -> error NOT_LEADER_OR_FOLLOWER")
        let apis: [ApiKey] = [.produce, .fetch, .produce, .metadata, .produce, .produce]
        #expect(
            apis.map { script.decide(FaultRequest($0), now: 0) != nil } == [true, false, true, false, false, false])
    }

    @Test func earlierRequestsAreNotCounted() throws {
        var script = try script("Produce after 10s request 2 -> close")
        let times: [Int64] = [0, 9999, 10_000, 10_001, 10_002]
        #expect(times.filter { script.decide(FaultRequest(.produce), now: $0) != nil } == [10_001])
    }

    @Test func theFirstLineActsAndAllCount() throws {
        var script = try script("Produce request 2 -> drop\nProduce requests 2..3 -> close")
        let lines = (1...3).map { _ in script.decide(FaultRequest(.produce), now: 0)?.line }
        #expect(lines == [nil, 1, 2])
        #expect(script.hitCount(line: 1) == 1)
    }

    @Test func eventsComeAtTheirTimes() throws {
        var script = try script("at 2s -> disconnect\nat 1s every 3s -> pause 100ms\nevery 5s -> crash")
        #expect(script.nextDeadline == 1000)
        #expect(script.takeDue(now: 999) == [])
        #expect(script.takeDue(now: 2000).flatMap(\.plan.events) == [.disconnect, .pause(milliseconds: 100)])
        #expect(script.takeDue(now: 3999) == [])
        #expect(script.takeDue(now: 5000).flatMap(\.plan.events) == [.pause(milliseconds: 100), .crash])
        #expect(script.nextDeadline == 7000)
    }

    @Test func actionsMakePlans() throws {
        func plan(_ text: String) throws -> FaultPlan {
            var script = try script("Fetch -> \(text)")
            let hit = script.decide(FaultRequest(.fetch), now: 0)
            return try #require(hit).plan
        }
        func expected(_ fill: (inout FaultPlan) -> Void) -> FaultPlan {
            var plan = FaultPlan()
            fill(&plan)
            return plan
        }
        let cases: [(String, FaultPlan)] = [
            ("drop", expected { ($0.application, $0.delivery) = (.never, .none) }),
            ("drop after", expected { $0.delivery = .none }),
            ("close before", expected { ($0.application, $0.delivery) = (.never, .closed) }),
            ("close after", expected { $0.delivery = .closed }),
            ("delay 2s", expected { $0.requestDelayMilliseconds = 2000 }),
            ("delay reply 1.5s", expected { $0.replyDelayMilliseconds = 1500 }),
            ("duplicate after 10ms", expected { $0.application = .twice(afterMilliseconds: 10) }),
            (
                "hold until EndTxn 2, close",
                expected { ($0.application, $0.delivery) = (.parked(.applied(.endTxn, count: 2)), .closed) }
            ),
            ("hold 3s", expected { ($0.application, $0.delivery) = (.parked(.milliseconds(3000)), .none) }),
            (
                "error illegal_generation",
                expected { ($0.application, $0.error) = (.never, .illegalGeneration) }
            ),
            ("error 7 after", expected { $0.error = .requestTimedOut }),
            ("truncate", expected { $0.delivery = .truncated(byteCount: nil) }),
            ("truncate 3", expected { $0.delivery = .truncated(byteCount: 3) }),
            (
                "throttle 1m, delay 1ms",
                expected { ($0.throttleMilliseconds, $0.requestDelayMilliseconds) = (60_000, 1) }
            ),
            ("crash", expected { $0.events = [.crash] }), ("crash after", expected { $0.crashesAfterwards = true }),
            ("corrupt length -5", expected { $0.delivery = .corrupted(.length(-5)) }),
            ("corrupt codec", expected { $0.delivery = .corrupted(.batches(.codec)) }),
            ("expire transactions", expected { $0.events = [.expireTransactions(.any)] }),
            (
                "expire offsets job*, recreate topic t",
                expected { $0.events = [.expireOffsets(Glob("job*")), .recreateTopics(Glob("t"))] }
            ),
            ("shorten topic t by 5", expected { $0.events = [.shortenTopics(Glob("t"), count: 5)] }),
        ]
        for (text, expected) in cases { #expect(try plan(text) == expected, "\(text)") }
    }

    @Test(arguments: [
        ("Produc -> close", "\"Produc\" is no request; choose any, data, groups, transactions, or one of Produce,"),
        ("Produce -> cloze", "\"cloze\" is no action; choose one of drop [before|after]"),
        ("Produce often -> close", "\"often\" is no condition; choose one of request N"),
        ("Produce colour=red -> close", "\"colour=\" is no filter"),
        ("Produce -> error NOT_KNOWN", "\"NOT_KNOWN\" is no error; give its number or one of UNKNOWN_SERVER_ERROR"),
        ("Produce request 0 -> close", "requests are counted from 1"),
        ("Produce requests 5..3 -> close", "requests are counted from 1"),
        ("Produce chance 5 -> close", "a chance is written as 5%"),
        ("Produce every 0 -> close", "every is a number from 1"),
        ("Produce -> delay 5", "the time is written as 250ms, 1.5s or 2m, not \"5\""),
        ("Produce -> delay", "the time is missing"), ("Produce ->", "an action is missing"),
        ("Produce close", "a line is WHICH REQUESTS -> WHAT GOES WRONG"),
        ("-> close", "the name of a request is missing"),
        ("Produce -> close after now", "\"now\" is too much here"), ("at 5s -> close", "\"close\" is no event"),
        ("Produce -> expire everything", "transactions, offsets or members expire"),
        ("Produce -> recreate t", "write topic before the topic's name"), ("seed x", "the seed is a number"),
        ("Fetch -> corrupt everything", "\"everything\" cannot be corrupted; choose length N"),
    ])
    func errorsNameTheLineAndTheChoices(text: String, message: String) throws {
        let error = #expect(throws: DevBrokerError.self) {
            _ = try FaultScript(parsing: "# a comment\n\nProduce -> drop # fine\n\(text)")
        }
        #expect(error?.context == "line 4")
        #expect(error?.message.contains(message) ?? false, "\(error?.message ?? "")")
    }

    @Test func everyExampleOfTheHelpCanBeRead() throws {
        let lines = FaultScript.help.split(separator: "\n").filter { $0.contains(" -> ") && !$0.contains("WHICH") }
        let examples = lines.filter { $0.hasPrefix("  ") && !$0.contains("EVENT") }
        #expect(examples.count >= 7)
        _ = try FaultScript(parsing: examples.joined(separator: "\n"))
    }

    @Test func everyExampleOfTheArticleCanBeRead() throws {
        let folder = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
        let article = folder.appendingPathComponent("../../Sources/JobService/JobService.docc/Broker.md")
        let path = article.standardized.path
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let blocks = text.components(separatedBy: "```").filter { $0.contains("EndTxn ") || $0.contains("seed 42") }
        #expect(blocks.count == 2)
        for block in blocks { _ = try FaultScript(parsing: block) }
    }

    @Test(arguments: [
        ("*", "", true), ("*", "abc", true), ("a*c", "abbc", true), ("a*c", "abcd", false), ("*b*", "abc", true),
        ("a", "a", true), ("a", "ab", false), ("", "", true), ("a*b*c", "aXbYbZc", true), ("*ab", "aab", true),
    ])
    func starsStandForAnyCharacters(pattern: String, name: String, isMatch: Bool) {
        #expect(Glob(pattern).matches(name) == isMatch)
    }

    @Test func namesOfErrorsAndRequestsCanBeReadBack() {
        for name in ErrorCode.allNames { #expect(ErrorCode(name: name)?.name == name) }
        for api in ApiKey.allCases { #expect(ApiKey(name: api.name.uppercased()) == api) }
        #expect(ApiKey.addPartitionsToTxn.name == "AddPartitionsToTxn")
        #expect(ErrorCode.notLeaderOrFollower.name == "NOT_LEADER_OR_FOLLOWER")
    }
}
