import Failpoints
import Foundation
import TestKit
import Testing

#if FAILPOINTS
    /// Instances that stand still for longer than every time-out, while another one takes over and goes on, and then wake up.
    @Suite(.serialized, .sideBySide, .timeLimit(.minutes(30)))
    struct ZombieTests {
        private static let fenced: Int32 = 5
        /// Longer than the members' session time-out and than the transactions' below.
        private static let sleepMilliseconds = 12_500
        private static let settings = ["MILLRACE_KAFKA_TRANSACTION_TIMEOUT_MS": "10000"]

        /// In three jobs side by side, for nearly all the time is spent asleep.
        private static let places: [[Failpoint]] = [
            [.afterFence, .kafkaProduce, .kafkaAfterSendOffsets, .postgresCommitSent, .beforeGarbageCollection],
            [
                .kafkaAfterJoin, .kafkaBeforeSendOffsets, .kafkaAfterEndTransaction, .postgresAfterBookkeeping,
                .fileDelete,
            ],
            [
                .afterReadCheckpoints, .fileRename, .kafkaBeforeEndTransaction, .beforeFollowerCommit,
                .beforeAcknowledge,
            ],
        ]

        @Test func aSleeperThatWakesUpDoesNoHarm() throws {
            let problems = try FailpointTests.beside(Self.places.count) { number, system in
                let job = try FailpointJob(system, seed: UInt64(100 + number), eventCount: 12_000)
                var problems: [String] = []
                for place in Self.places[number] {
                    if let problem = try Self.sleep(at: place, job) { problems.append("\(place): \(problem)") }
                }
                let last = try job.start(nil)
                try job.feedRest()
                problems += try job.differences()
                let status = last.stop()
                if status != 0 { problems.append("the last process ended with \(status)") }
                if !problems.isEmpty { problems.append(String(job.output.suffix(3000))) }
                return problems
            }
            #expect(problems.isEmpty, "\(problems.joined(separator: "\n"))")
        }

        /// Lets one instance fall asleep at a point, another take over, and both find out whose job it is.
        private static func sleep(at place: Failpoint, _ job: FailpointJob) throws -> String? {
            let log = "\(job.log)-\(place.rawValue)"
            let action = FailpointAction(.stop, milliseconds: sleepMilliseconds)
            // Some epochs first, where the point is not one of the start.
            let hit = [.afterFence, .kafkaAfterJoin, .afterReadCheckpoints].contains(place) ? 1 : 4
            let sleeper = try job.start(FailpointPlan([.init(place, action, hit: hit)]), log: log, further: settings)
            guard try wait(20, job, { !job.fired(in: log).isEmpty }) else { return "was never reached" }
            let began = Date()
            let successor = try job.start(nil, further: settings)
            defer {
                successor.crash()
                sleeper.crash()
            }
            let before = try job.system.committedCheckpoint()
            guard try wait(10, job, { try job.system.committedCheckpoint() > before }) else {
                return "the successor does not get on while the other one sleeps"
            }
            let left = Double(sleepMilliseconds) / 1000 - Date().timeIntervalSince(began)
            _ = try wait(left, job) { false }
            guard try wait(30, job, { !sleeper.isRunning || !successor.isRunning }) else {
                return "both go on for 30 s after the sleeper has woken up"
            }
            let (ended, goesOn) = sleeper.isRunning ? (successor, sleeper) : (sleeper, successor)
            let status = ended.wait()
            if status != fenced { return "the one that gave up ended with \(status): \(job.output.suffix(4000))" }
            let after = try job.system.committedCheckpoint()
            guard try wait(20, job, { try job.system.committedCheckpoint() > after }), goesOn.isRunning else {
                let logs = [log, job.log].map {
                    ((try? String(contentsOfFile: $0, encoding: .utf8)) ?? "").suffix(5000)
                }
                return
                    "the one that is left (\(goesOn.isRunning ? "running" : "ended with \(goesOn.wait())")) does not "
                    + "get on:\nsleeper:\n\(logs[0])\nsuccessor:\n\(logs[1])"
            }
            return nil
        }

        /// Feeds the job until something is so.
        private static func wait(
            _ seconds: TimeInterval, _ job: FailpointJob, _ condition: () throws -> Bool
        ) throws -> Bool {
            let deadline = Date(timeIntervalSinceNow: seconds)
            while Date() < deadline {
                if try condition() { return true }
                try job.feed()
                TestSystem.pass(milliseconds: 100)
            }
            return try condition()
        }
    }

    extension TestSystem {
        /// The number of the checkpoint that PostgreSQL has last committed; 0 where none.
        fileprivate func committedCheckpoint() throws -> Int {
            let table = try rows("SELECT to_regclass('millrace.job_tasks') IS NOT NULL")
            guard table == ["t"] else { return 0 }
            return Int(try rows("SELECT coalesce(max(last_checkpoint), 0) FROM millrace.job_tasks").first ?? "") ?? 0
        }
    }
#endif
