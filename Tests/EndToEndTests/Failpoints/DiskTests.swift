import Failpoints
import Foundation
import TestKit
import Testing

#if FAILPOINTS
    /// What the disk of the checkpoints does to a job.
    @Suite(.serialized, .sideBySide, .timeLimit(.minutes(10)))
    struct DiskTests {
        private func withJob(_ seed: UInt64, _ body: (FailpointJob) throws -> Void) throws {
            let system = try TestSystem()
            defer { system.tearDown() }
            try body(try FailpointJob(system, seed: seed, eventCount: 4000))
        }

        /// Feeds the job until something is so, for up to half a minute.
        private func wait(_ job: FailpointJob, _ condition: () -> Bool) throws -> Bool {
            let deadline = Date(timeIntervalSinceNow: 30)
            while Date() < deadline {
                if condition() { return true }
                try job.feed()
                TestSystem.pass(milliseconds: 50)
            }
            return condition()
        }

        @Test func aFullDiskIsWaitedOutByTheSameProcess() throws {
            try withJob(31) { job in
                let process = try job.start(try FailpointPlan(parsing: "fileWrite=enospc@9*3;fileCreate=enospc@9"))
                #expect(try wait(job) { job.fired().values.reduce(0, +) == 4 }, "\(job.output.suffix(2000))")
                try job.feedRest()
                let problems = try job.differences()
                #expect(problems.isEmpty, "\(problems.prefix(5)) \(job.output.suffix(2000))")
                #expect(process.isRunning)
                #expect(job.output.contains("No space left on device"))
                #expect(process.stop() == 0)
            }
        }

        @Test(arguments: ["fileSync", "directorySync"])
        func aFailedSyncEndsTheProcessAndTheNextOneGoesOn(name: String) throws {
            try withJob(32) { job in
                let first = try job.start(try FailpointPlan(parsing: "\(name)=fsync@7"))
                #expect(try wait(job) { !first.isRunning }, "\(job.output.suffix(2000))")
                #expect(first.wait() == 4)
                #expect(job.output.contains("the device may have lost what it was given"))
                let second = try job.start(nil)
                try job.feedRest()
                let problems = try job.differences()
                #expect(problems.isEmpty, "\(problems.prefix(5)) \(job.output.suffix(2000))")
                #expect(second.stop() == 0)
            }
        }
    }
#endif
