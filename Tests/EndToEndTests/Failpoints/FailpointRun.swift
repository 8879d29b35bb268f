import Failpoints
import Foundation
import TestKit

#if FAILPOINTS
    /// One job that is run through many failpoints, started anew whenever it ends, until all have fired.
    final class FailpointRun {
        /// How a process of the job may end here: killed by a point, or ended by itself because a sync has failed.
        private static let killed: Int32 = 128 + SIGKILL
        private static let gaveUp: Int32 = 4
        /// Without anything firing for so long, something hangs or is never reached.
        private static let patience: TimeInterval = 90

        let job: FailpointJob
        private let plan: FailpointPlan
        /// What must have fired in the end.
        private let awaited: [FailpointPair: Int]
        /// Joins the job's group and leaves it, so that the group hands its parts out anew.
        private var visitor: Process?
        private(set) var problems: [String] = []

        /// - Parameter entries: certain ones; `beside` may have chances.
        init(_ job: FailpointJob, _ entries: [FailpointPlan.Entry], beside: [FailpointPlan.Entry] = []) {
            self.job = job
            plan = FailpointPlan(entries + beside)
            awaited = Dictionary(entries.map { (FailpointPair($0.name, $0.action.kind), 1) }, uniquingKeysWith: +)
        }

        /// Runs until everything has fired, then once more in peace, and compares the sinks with the answer.
        func run() throws {
            let visits = awaited.keys.contains { [.kafkaMemberRevoked, .kafkaRevocationNews].contains($0.name) }
            var process = try job.start(plan)
            var missing = missing()
            var lastProgress = Date()
            var nextVisit = Date()
            while !missing.isEmpty {
                try job.feed()
                TestSystem.pass(milliseconds: 40)
                if !process.isRunning {
                    judge(process.wait())
                    process = try job.start(plan)
                }
                if Date() > nextVisit {
                    if visits { visit() }
                    if self.missing().keys.contains(where: { $0.name == .kafkaLossNews }) {
                        try endSession(of: process)
                    }
                    nextVisit = Date(timeIntervalSinceNow: 4)
                }
                let left = self.missing()
                if left != missing { lastProgress = Date() }
                missing = left
                guard Date().timeIntervalSince(lastProgress) < Self.patience else {
                    problems.append("nothing fires any more; left: \(missing.keys.map(\.description).sorted())")
                    break
                }
            }
            endVisit()
            try job.system.setBrokerFaults("# none\n")
            process.crash()
            process = try job.start(nil)
            try job.feedRest()
            problems += try job.differences()
            let status = process.stop()
            if status != 0 { problems.append("the last process ended with \(status)") }
        }

        /// Makes the group forget the job's member: the own broker by itself, another one by a process that stands still.
        private func endSession(of process: ServiceProcess) throws {
            if job.system.ownsBroker {
                return try job.system.setBrokerFaults("at 300ms -> expire members\n")
            }
            process.freeze()
            TestSystem.pass(milliseconds: FailpointJob.sessionMilliseconds + 1500)
            process.thaw()
            // Time to hear of it, before the next kill.
            TestSystem.pass(milliseconds: 1000)
        }

        private func missing() -> [FailpointPair: Int] {
            let fired = job.fired()
            return awaited.filter { $0.value > fired[$0.key, default: 0] }
                .reduce(into: [:]) { $0[$1.key] = $1.value - fired[$1.key, default: 0] }
        }

        private func judge(_ status: Int32) {
            if status == Self.killed
                || status == Self.gaveUp && job.fired().keys.contains(where: { $0.action == .fsync })
            {
                return
            }
            problems.append("a process ended with status \(status): \(job.output.suffix(1500))")
        }

        /// Starts a further member of the group, or ends it.
        private func visit() {
            if visitor != nil { return endVisit() }
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = [
                "kcat", "-b", job.system.bootstrapServers, "-X", "session.timeout.ms=6000", "-G",
                "job-\(job.system.suffix)",
                job.visitedTopic,
            ]
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            guard (try? process.run()) != nil else { return }
            visitor = process
        }

        private func endVisit() {
            // An orderly end waits for the group, which may wait for the job.
            if let visitor { kill(visitor.processIdentifier, SIGKILL) }
            visitor = nil
        }
    }
#endif
