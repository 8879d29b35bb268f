import Dispatch
import Failpoints
import Foundation
import Synchronization
import TestKit
import Testing

#if FAILPOINTS
    /// Every failpoint with every action that it takes, in the real service; afterwards every row is there once and right.
    ///
    /// `MILLRACE_TEST_FAILPOINT_ROUNDS=10 docker/test.sh --filter FailpointTests` goes over all of them that often (default 1);
    /// `MILLRACE_TEST_FAILPOINT_SEED` repeats a run.
    @Suite(.serialized, .sideBySide, .timeLimit(.minutes(60)))
    struct FailpointTests {
        private static let eventCount = 16_000
        /// Jobs that run side by side, each with its share of the points.
        private static let jobCount = 3

        private static var environment: [String: String] { ProcessInfo.processInfo.environment }
        private static let roundCount = environment["MILLRACE_TEST_FAILPOINT_ROUNDS"].flatMap { Int($0) } ?? 1
        static let seed = environment["MILLRACE_TEST_FAILPOINT_SEED"].flatMap { UInt64($0) }

        /// What the jobs that run side by side have found.
        private final class Problems: Sendable {
            let list = Mutex<[String]>([])
        }

        /// Runs jobs beside one another, each on a system of its own; answers what was wrong with each.
        static func beside(
            _ count: Int, _ body: @escaping @Sendable (Int, TestSystem) throws -> [String]
        ) throws -> [String] {
            // One after another: a server must not inherit what a start beside it has open.
            let systems = try (0..<count).map { _ in try TestSystem() }
            defer { for system in systems { system.tearDown() } }
            let problems = Problems()
            let ends = DispatchGroup()
            for number in 0..<count {
                ends.enter()
                // Threads, because the jobs wait for most of their time: there may be more of them than cores.
                Thread {
                    do {
                        let found = try body(number, systems[number])
                        for problem in found { print("job \(number): \(problem)") }
                        problems.list.withLock { $0 += found }
                    } catch {
                        problems.list.withLock { $0.append("job \(number): \(error)") }
                    }
                    ends.leave()
                }.start()
            }
            ends.wait()
            return problems.list.withLock { $0 }
        }

        /// Runs one job through a plan.
        private static func run(
            _ system: TestSystem, seed: UInt64, _ entries: [FailpointPlan.Entry], sinks: FilmJob.Sinks = .both
        ) throws -> [String] {
            let job = try FailpointJob(system, seed: seed, eventCount: eventCount, sinks: sinks)
            let run = FailpointRun(job, entries, beside: triggers)
            var problems: [String] = []
            do { try run.run() } catch { problems.append("\(error)") }
            problems += run.problems
            if problems.isEmpty { return [] }
            let kept = keepOutput(of: run.job, seed: seed)
            return problems.prefix(5).map { "\($0) (\(problems.count) problems, output in \(kept))" }
        }

        private static func keepOutput(of job: FailpointJob, seed: UInt64) -> String {
            let path =
                FileManager.default.temporaryDirectory.path + "/millrace-failpoints-\(seed)-\(UUID().uuidString).log"
            try? job.output.write(toFile: path, atomically: true, encoding: .utf8)
            return path
        }

        /// The order of a point's actions: what restarts the process stands between errors, whose pauses would grow otherwise.
        private static func actions(_ name: Failpoint) -> [FailpointAction] {
            let order: [FailpointAction.Kind] = [.error, .kill, .delay, .stop, .enospc, .shortwrite, .fsync]
            return order.filter(name.actions.contains).map { kind in
                FailpointAction(kind, milliseconds: kind == .stop ? 150 : kind == .delay ? 60 : nil)
            }
        }

        /// What makes followers lag and producers be replaced again and again, so that their points are reached.
        private static let triggers: [FailpointPlan.Entry] = [
            .init(.afterDecision, FailpointAction(.error), percent: 15),
            .init(.kafkaEndClean, FailpointAction(.error), percent: 15),
        ]

        @Test func everyPointWithEveryActionLosesAndDoublesNothing() throws {
            for round in 0..<Self.roundCount {
                let seed = (Self.seed ?? UInt64.random(in: 1...1_000_000)) + UInt64(round)
                let problems = try Self.beside(Self.jobCount) { number, system in
                    var random = SeededRandom(seed: seed + UInt64(number) * 1_000_003)
                    let names = Self.ofBothSinks.enumerated().filter { $0.offset % Self.jobCount == number }
                    let entries = names.map(\.element).shuffled(using: &random).flatMap { name in
                        Self.actions(name).map { action in
                            FailpointPlan.Entry(name, action, hit: Int.random(in: 1...3, using: &random))
                        }
                    }
                    return try Self.run(system, seed: seed, entries)
                }
                #expect(problems.isEmpty, "seed \(seed): \(problems.joined(separator: "\n"))")
            }
        }

        /// Passed only where no transaction of Kafka decides.
        private static let exports: [Failpoint] = [.kafkaBeforeExport, .kafkaAfterExport]
        private static var ofBothSinks: [Failpoint] { Failpoint.allCases.filter { !exports.contains($0) } }
        /// What a job without followers never passes.
        private static let ofFollowers: [Failpoint] = [
            .beforeApplyRedo, .afterApplyRedo, .redoStored, .beforeFollowerCommit, .afterFollowerCommit,
            .postgresRedoTaken, .postgresBeforeRedo, .postgresAfterRedo,
        ]
        /// The coordinator's, the store's and PostgreSQL's own points, where PostgreSQL decides.
        private static var ofPostgresAlone: [Failpoint] {
            Failpoint.allCases.filter { name in
                !name.rawValue.hasPrefix("kafka") && !ofFollowers.contains(name)
            }
        }
        private static let ofKafkaAlone: [Failpoint] = [
            .afterFence, .afterReadCheckpoints, .captured, .stateStored, .afterStore, .beforeDecision, .afterDecision,
            .beforeAcknowledge, .kafkaBeforeSendOffsets, .kafkaAfterSendOffsets, .kafkaBeforeEndTransaction,
            .kafkaAfterEndTransaction,
        ]

        /// One system alone decides: PostgreSQL, in two jobs, and Kafka, which has no follower then.
        @Test func pointsOfASingleSystemLoseAndDoubleNothing() throws {
            for round in 0..<Self.roundCount {
                let seed = (Self.seed ?? UInt64.random(in: 1...1_000_000)) + UInt64(round)
                let problems = try Self.beside(3) { number, system in
                    var random = SeededRandom(seed: seed + 13 + UInt64(number) * 1_000_003)
                    let names =
                        number == 2
                        ? Self.ofKafkaAlone
                        : Self.ofPostgresAlone.enumerated().filter { $0.offset % 2 == number }.map(\.element)
                    var entries = names.shuffled(using: &random).flatMap { name in
                        Self.actions(name).filter { [.error, .kill].contains($0.kind) }.map { action in
                            FailpointPlan.Entry(name, action, hit: Int.random(in: 1...2, using: &random))
                        }
                    }
                    if number < 2 {
                        entries += Self.actions(Self.exports[number]).map {
                            FailpointPlan.Entry(Self.exports[number], $0)
                        }
                    }
                    return try Self.run(system, seed: seed, entries, sinks: number == 2 ? .kafka : .postgres)
                }
                #expect(problems.isEmpty, "seed \(seed): \(problems.joined(separator: "\n"))")
            }
        }

        @Test func pointsAtRandomLoseAndDoubleNothing() throws {
            for round in 0..<Self.roundCount {
                let seed = (Self.seed ?? UInt64.random(in: 1...1_000_000)) + UInt64(round)
                let problems = try Self.beside(2) { number, system in
                    var random = SeededRandom(seed: seed + 7 + UInt64(number) * 1_000_003)
                    let entries = (0..<24).map { _ in
                        let name = Self.ofBothSinks.randomElement(using: &random) ?? .captured
                        let action = Self.actions(name).randomElement(using: &random) ?? FailpointAction(.kill)
                        return FailpointPlan.Entry(name, action, hit: Int.random(in: 1...4, using: &random))
                    }
                    return try Self.run(system, seed: seed, entries)
                }
                #expect(problems.isEmpty, "seed \(seed): \(problems.joined(separator: "\n"))")
            }
        }
    }
#endif
