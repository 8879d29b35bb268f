import DevPostgres
import Foundation
import JobService
import Testing

/// A job that is harmed again and again while rows keep coming and readers watch; in the end every row must be there once and right.
final class Farm {
    let system: TestSystem
    let job: FarmJob
    let feed: FarmFeed
    var report: FarmReport
    private let followers: [TopicFollower]
    private var readers: [SnapshotReader] = []
    static let liveness: TimeInterval = 60

    /// - Parameter durable: whether the database syncs its commits, which then take a while.
    init(_ variant: FarmVariant, seed: UInt64, durable: Bool = false) throws {
        // A session whose server goes away must not end the tests.
        signal(SIGPIPE, SIG_IGN)
        var postgres = PostgresServer.Configuration()
        postgres.settings["track_commit_timestamp"] = "on"
        postgres.fsync = durable
        if durable { postgres.settings.merge(["commit_delay": "5000", "commit_siblings": "0"]) { $1 } }
        system = try TestSystem(postgres: postgres)
        job = try FarmJob(variant, system)
        feed = FarmFeed(system, seed: seed)
        report = FarmReport(variant: variant, seed: seed)
        try feed.begin()
        var followers: [TopicFollower] = []
        if variant.writesKafka {
            for name in ["answers", "transfers", "copies"] {
                followers.append(try TopicFollower(system.topic(name), system))
            }
        }
        self.followers = followers
        for (number, database) in job.databases.enumerated() {
            readers.append(
                SnapshotReader(name: "database \(number)", url: system.postgres.url(database: database)))
        }
    }

    /// Ends everything; keeps the files where something was wrong.
    func tearDown() {
        for follower in followers { follower.end() }
        for reader in readers { _ = reader.end() }
        _ = try? feed.end()
        for life in job.lives where life.process.isRunning { life.process.crash() }
        system.tearDown(keepsFiles: !report.violations.isEmpty)
    }

    func count(_ fault: String) { report.faults[fault, default: 0] += 1 }

    func violate(_ text: String) {
        report.violations.append(text)
    }

    /// Starts the job; the last process must be gone.
    @discardableResult
    func start() throws -> FarmJob.Life {
        report.starts += 1
        for follower in followers { try follower.resume() }
        return try job.start()
    }

    /// Kills the process at that moment.
    func kill(_ life: FarmJob.Life, _ moment: FarmMoments.Moment) {
        let deadline = Date(timeIntervalSinceNow: 15)
        switch moment {
        case .afterStart(let milliseconds):
            TestSystem.pass(milliseconds: milliseconds)
        case .afterCommit(let milliseconds):
            _ = job.checkpoints.waitForCommit(after: job.checkpoints.acknowledgedEpoch, deadline: deadline)
            TestSystem.pass(milliseconds: milliseconds)
        case .atFile(let prefix, let count, let microseconds):
            for _ in 0..<count { job.checkpoints.waitForNew(prefix, deadline: deadline) }
            TestSystem.pass(microseconds: microseconds)
        }
        bury(life)
    }

    /// Kills a process, which must have lived until now, and takes down what it did.
    func bury(_ life: FarmJob.Life) {
        if !life.process.isRunning {
            violate("the process ended by itself with \(life.process.wait()): \(life.notableLines.suffix(1500))")
        }
        life.process.crash()
        note(life)
    }

    /// Takes down what a process did.
    func note(_ life: FarmJob.Life) {
        if let first = life.commits.first {
            report.recoveries.append(first.milliseconds)
            if first.milliseconds > 10_000 { print("a slow recovery, \(first.milliseconds) ms:\n\(life.notableLines)") }
        }
        report.restarts += life.restartCount
        if life.process.output.contains("refusing to start") { report.refusals += 1 }
    }

    /// Waits until the job makes progress again; a violation where it does not.
    @discardableResult
    func waitForProgress(_ what: String, from epoch: Int? = nil) -> Bool {
        let from = epoch ?? job.checkpoints.acknowledgedEpoch
        let deadline = Date(timeIntervalSinceNow: Self.liveness)
        if job.checkpoints.waitForCommit(after: from, deadline: deadline) { return true }
        violate("O8 no epoch was committed within \(Int(Self.liveness)) s after \(what)")
        return false
    }

    /// Ends the feed, waits until everything is in the sinks, stops the job, and asks every oracle.
    func conclude(_ life: FarmJob.Life) throws {
        let eventCount = try feed.end()
        report.longestFeedPause = feed.longestPause
        for follower in followers { try follower.resume() }
        let plays = (0..<eventCount).count { !feed.events.event($0).isRating }
        report.rows = plays
        waitForRows(plays, life)
        checkProcess(life)
        let status = life.process.stop()
        if status != 0 { violate("O7 an orderly stop ended with \(status): \(life.notableLines.suffix(1500))") }
        note(life)
        report.epochs = job.checkpoints.acknowledgedEpoch
        for reader in readers {
            report.snapshots += reader.count
            for problem in reader.end() { violate(problem) }
        }
        let verdict = try FarmVerdict(job)
        for problem in try verdict.problems(eventCount: eventCount, feed) { violate(problem) }
        for follower in followers {
            for problem in follower.differences(from: try verdict.records(follower.topic)) { violate(problem) }
            follower.end()
        }
        for problem in try hygieneProblems() { violate(problem) }
        for problem in try proofProblems() { violate(problem) }
    }

    /// O8: no lag within a minute of the last fault, the last rows being answered when their partitions are silent.
    private func waitForRows(_ plays: Int, _ life: FarmJob.Life) {
        let deadline = Date(timeIntervalSinceNow: FarmVariant.idleTimeout + Self.liveness)
        var lacking = ""
        while Date() < deadline, life.process.isRunning {
            lacking = ""
            for (number, reader) in readers.enumerated() where (reader.last?.answers ?? 0) < plays {
                lacking += " database \(number) has \(reader.last?.answers ?? 0) of \(plays)"
            }
            for (follower, count) in zip(followers, [plays, 2 * plays, plays]) where follower.count < count {
                lacking += " \(follower.topic) has \(follower.count) of \(count)"
            }
            if lacking.isEmpty { return }
            TestSystem.pass(milliseconds: 100)
        }
        violate("O8 lag a minute after all was due:\(lacking); \(life.notableLines.suffix(1500))")
    }

    /// O7: descriptors and threads of a process that has been through everything.
    private func checkProcess(_ life: FarmJob.Life) {
        let folder = "/proc/\(life.process.processIdentifier)"
        func count(_ kind: String) -> Int {
            (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(kind)").count) ?? 0
        }
        report.descriptors = count("fd")
        report.threads = count("task")
        if report.descriptors > 150 { violate("O7 \(report.descriptors) open descriptors") }
        if report.threads > 80 { violate("O7 \(report.threads) threads") }
    }
}
