import Columnar
import Dataflow
import Foundation
import Logging
import Synchronization
import Testing

@testable import JobService

struct LogOutputTests {
    /// Lines, and a clock that is moved by hand.
    private final class Paper: Sendable {
        let lines = Mutex<[String]>([])
        let now = Atomic<UInt64>(0)

        var clock: ProcessingClock {
            ProcessingClock(
                now: { Timestamp(microseconds: 0) },
                monotonicNanoseconds: { [self] in now.load(ordering: .relaxed) })
        }

        var all: [String] { lines.withLock { $0 } }

        func output() -> LogOutput {
            LogOutput(format: .json, clock: clock) { [self] line in lines.withLock { $0.append(line) } }
        }

        func objects() throws -> [[String: Any]] {
            try all.map { try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]) }
        }
    }

    @Test func eventsOfTargetsBecomeLinesWithTheJobAndTheirPlace() throws {
        let paper = Paper()
        var logger = Logger(paper.output(), level: SharedLogLevel(.info))
        logger[metadataKey: "job"] = "film"
        logger.log(
            LogEvent(.warning, "A record", ["reason": "json"]).at(
                ErrorContext(operatorName: "plays", subtask: 1, topic: "plays", partition: 3, offset: 41)))
        logger.log(LogEvent(.debug, "not wanted"))
        let object = try #require(try paper.objects().first)
        #expect(paper.all.count == 1)
        #expect(object["job"] as? String == "film" && object["operator"] as? String == "plays")
        #expect(object["partition"] as? Int == 3 && object["offset"] as? Int == 41 && object["subtask"] as? Int == 1)
        #expect(object["level"] as? String == "warning" && object["reason"] as? String == "json")
    }

    @Test func aFloodIsCutAndItsExtentIsTold() throws {
        let paper = Paper()
        let output = paper.output()
        let logger = Logger(output, level: SharedLogLevel(.info))
        for number in 0..<1000 { logger.log(LogEvent(.warning, "again", ["operator": "o", "number": "\(number)"])) }
        #expect(paper.all.count == LogLimiter.linesPerWindow)
        paper.now.store(11_000_000_000, ordering: .relaxed)
        output.tellLeftOut()
        let last = try #require(try paper.objects().last)
        #expect(last["of"] as? String == "again" && last["suppressed"] as? Int == 990)
        #expect(last["operator"] as? String == "o" && last["level"] as? String == "warning")
    }

    @Test func linesOfManyThreadsDoNotMix() {
        let paper = Paper()
        let output = LogOutput(format: .text, clock: paper.clock) { line in
            // Not appended at once: two writers at a time would show.
            let count = paper.lines.withLock { $0.count }
            paper.lines.withLock { lines in
                #expect(lines.count == count)
                lines.append(line)
            }
        }
        DispatchQueue.concurrentPerform(iterations: 200) { number in
            output.log(.info, "\(number)", [:])
        }
        #expect(paper.all.count == 200)
    }

    @Test func secretsLeaveNoLine() throws {
        let paper = Paper()
        let output = paper.output()
        output.hide(SecretValues(environment: ["MILLRACE_KAFKA_SASL_PASSWORD": "c4nary\"'/of it"]))
        let logger = Logger(output, level: SharedLogLevel(.debug))
        let forms = ["c4nary\"'/of it", "c4nary%22%27%2Fof%20it", Data("c4nary\"'/of it".utf8).base64EncodedString()]
        for form in forms { logger.log(LogEvent(.debug, "m \(form)", ["error": "e \(form)!"])) }
        let objects = try paper.objects()
        #expect(objects.count == 3 && objects.allSatisfy { $0["message"] as? String == "m ***" })
        #expect(objects.allSatisfy { $0["error"] as? String == "e ***!" })
    }
}
