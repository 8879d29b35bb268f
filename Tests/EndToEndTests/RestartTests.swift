import DevPostgres
import Foundation
import JobService
import Testing

/// Restarts of everything around the job, and of the job at other settings.
@Suite(.serialized, .sideBySide, .timeLimit(.minutes(10)))
struct RestartTests {
    @Test func aDatabaseRestartInMidRunChangesNothing() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        let job = try FilmJob(system, Films(seed: 11, ratings: 3000, plays: 7000), sinks: .both, parallelism: 2)
        let process = try job.start()
        _ = job.produce(overSeconds: 6)
        TestSystem.pass(milliseconds: 2500)
        try system.postgres.crash()
        try system.postgres.start()
        let problems = try job.differences()
        #expect(problems.isEmpty, "\(problems.prefix(5)) \(process.output.suffix(3000))")
        #expect(process.stop() == 0)
    }

    @Test func aBrokerRestartInMidRunChangesNothing() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        // A broker that is not ours is not ours to kill: there the job runs through undisturbed.
        let job = try FilmJob(system, Films(seed: 12, ratings: 3000, plays: 7000), sinks: .both, parallelism: 1)
        let process = try job.start()
        _ = job.produce(overSeconds: 6)
        TestSystem.pass(milliseconds: 2500)
        if system.ownsBroker { try system.restartBroker() }
        let problems = try job.differences()
        #expect(problems.isEmpty, "\(problems.prefix(5)) \(process.output.suffix(3000))")
        #expect(process.stop() == 0)
    }

    @Test func anOrderlyStopAndAnotherParallelismGoOnWhereTheLastOneEnded() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        let films = Films(seed: 13, ratings: 3000, plays: 7000)
        let job = try FilmJob(system, films, sinks: .postgres, parallelism: 1)
        _ = job.produce(overSeconds: 5)
        var process = try job.start()
        TestSystem.pass(milliseconds: 2000)
        #expect(process.stop() == 0)
        process = try job.start(further: ["MILLRACE_PARALLELISM": "3"])
        TestSystem.pass(milliseconds: 1500)
        #expect(process.stop() == 0)
        process = try job.start(further: ["MILLRACE_PARALLELISM": "2"])
        let problems = try job.differences()
        #expect(problems.isEmpty, "\(problems.prefix(5)) \(process.output.suffix(3000))")
        #expect(process.stop() == 0)
    }

    @Test func aReplayFromAnOlderCheckpointIntoAFreshTableGivesTheSameRows() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        let films = Films(seed: 14, ratings: 3000, plays: 7000)
        let job = try FilmJob(system, films, sinks: .postgres, parallelism: 2)
        var process = try job.start(further: ["MILLRACE_CHECKPOINT_RETAINED": "1000"])
        _ = job.produce(overSeconds: 4)
        #expect(try job.differences().isEmpty)
        #expect(process.stop() == 0)
        let first = try job.tableRows()
        let listing = try ServiceProcess.run(["checkpoints", "list"], environment: system.environment())
        #expect(listing.status == 0, "\(listing.output)")
        let numbers = listing.output.split(separator: "\n").dropFirst().compactMap { line in
            line.split(separator: " ").first.flatMap { Int($0) }
        }
        let document = try ServiceProcess.run(["checkpoints", "list", "--json"], environment: system.environment())
        let found = try JSONDecoder().decode(CheckpointListing.self, from: Data(document.output.utf8))
        #expect(found.checkpoints.map { Int($0.epoch) } == numbers)
        let chosen = try #require(numbers.dropFirst(numbers.count / 3).first)
        // The rows that had been written by then are those of the checkpoint's own table; the replay writes the rest.
        process = try job.start(
            ["--from-checkpoint", String(chosen)],
            further: ["TABLE": "replayed", "MILLRACE_CHECKPOINT_RETAINED": "1000"])
        let shown = try ServiceProcess.run(["checkpoints", "show", String(chosen)], environment: system.environment())
        #expect(shown.output.contains("--from-checkpoint \(chosen)"))
        try system.waitForRows("replayed", count: 1)
        let last = try #require(first.map(\.id).max())
        try system.postgres.waitUntil(
            "SELECT EXISTS (SELECT FROM replayed WHERE id = \(last))", database: system.database)
        #expect(process.stop() == 0)
        let replayed = try job.tableRows("replayed")
        #expect(!replayed.isEmpty)
        #expect(Set(replayed.map(\.id)).count == replayed.count, "a row is there twice")
        for row in replayed { #expect(films.answers[row.id] == row.answer) }
        // From nothing, every row comes again.
        process = try job.start(["--from-checkpoint", "none"], further: ["TABLE": "again"])
        try system.waitForRows("again", count: films.answers.count)
        #expect(process.stop() == 0)
        #expect(films.differences(try job.tableRows("again")).isEmpty)
    }

    @Test func aDatabaseThatForgotTheJobIsRefusedWithTheWayOn() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        let job = try FilmJob(system, Films(seed: 15, ratings: 300, plays: 700), sinks: .postgres, parallelism: 1)
        var process = try job.start()
        _ = job.produce(overSeconds: 1)
        #expect(try job.differences().isEmpty)
        #expect(process.stop() == 0)
        try system.postgres.query("DROP SCHEMA millrace CASCADE", database: system.database)
        process = try job.start()
        #expect(process.wait() == 3)
        #expect(process.output.contains("--from-checkpoint"))
    }
}
