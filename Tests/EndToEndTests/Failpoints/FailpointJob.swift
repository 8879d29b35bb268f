import DevPostgres
import Failpoints
import Foundation
import JobService
import KafkaConnector
import TestKit

#if FAILPOINTS
    /// Ratings before plays into Kafka, PostgreSQL or both; where PostgreSQL is among them with a further sink that refuses every row, so
    /// that dead letters are written too.
    final class FailpointJob {
        /// The user whose plays the third sink is given.
        static let refusedUser = 1
        /// Events produced at each step of a run.
        private static let stepCount = 8

        let job: FilmJob
        let system: TestSystem
        let log: String
        private let path: String
        private let loader: TopicLoader
        private var produced = 0

        init(_ system: TestSystem, seed: UInt64, eventCount: Int, sinks: FilmJob.Sinks = .both) throws {
            self.system = system
            let films = Films(seed: seed, ratings: eventCount * 3 / 10, plays: eventCount * 7 / 10)
            job = try FilmJob(system, films, sinks: sinks, parallelism: 2)
            log = "\(system.directory)/failpoints"
            loader = try system.makeLoader()
            try loader.createTopic(system.topic("visited"), partitions: 1)
            if sinks == .kafka {
                path = job.sqlPath
                return
            }
            try system.postgres.query("CREATE TABLE refused (id bigint CHECK (id < 0))", database: system.database)
            let sql = try String(contentsOfFile: job.sqlPath, encoding: .utf8)
            let table = """
                CREATE TABLE refused (id BIGINT) WITH ('connector' = 'postgres', 'table-name' = 'refused',
                  'sink.on-error' = 'dead-letter', 'sink.dead-letter.limit' = '1000000');
                EXECUTE STATEMENT SET BEGIN
                INSERT INTO refused SELECT id FROM enriched_view WHERE user_id = \(Self.refusedUser);

                """
            path = try system.write(
                sql.replacingOccurrences(of: "EXECUTE STATEMENT SET BEGIN\n", with: table), as: "failpoints.sql")
        }

        /// What a visitor of the job's group subscribes to. None of the job's own topics: kcat commits what it reads, whatever it is told,
        /// and the job refuses to go on from offsets that are not its own.
        var visitedTopic: String { system.topic("visited") }

        /// How long a group waits for a member, where that is for it to say.
        static let sessionMilliseconds = 3000

        /// Starts the service with a plan; nil: with none.
        ///
        /// - Parameter log: the failpoints' log; nil: the job's.
        func start(
            _ plan: FailpointPlan?, log ownLog: String? = nil, further: [String: String] = [:]
        ) throws -> ServiceProcess {
            var environment = system.environment([
                "MILLRACE_CHECKPOINT_INTERVAL": "100ms", "MILLRACE_CHECKPOINT_RETAINED": "3",
                // An attempt lasts for a fraction of a second here: its member must hear of a rebalance before it ends.
                "MILLRACE_KAFKA_HEARTBEAT_INTERVAL_MS": "50",
            ])
            if !system.ownsBroker {
                environment["MILLRACE_KAFKA_SESSION_TIMEOUT_MS"] = "\(Self.sessionMilliseconds)"
            }
            if let plan {
                environment[FailpointPlan.variable] = plan.text
                environment[FailpointPlan.logVariable] = ownLog ?? log
            }
            environment.merge(further) { $1 }
            return try ServiceProcess(["run", path], environment: environment, log: "\(system.directory)/job.log")
        }

        /// Sends some more events, so that there is always something to commit.
        func feed() throws {
            try feed(Self.stepCount)
        }

        /// Sends all events that are left.
        func feedRest() throws {
            try feed(.max)
        }

        private func feed(_ count: Int) throws {
            let end = min(job.films.events.configuration.eventCount, produced + min(count, 1 << 30))
            guard end > produced else { return }
            try job.films.load(
                produced..<end, loader, ratings: system.topic("ratings"), plays: system.topic("plays"))
            produced = end
        }

        /// Waits until everything is there, and says what is wrong with it.
        func differences() throws -> [String] {
            try job.differences() + (job.sinks == .kafka ? [] : letterDifferences())
        }

        private func letterDifferences() throws -> [String] {
            let films = job.films
            // The view's user is that of the rating: where there is none, the row is not selected.
            let expected = films.answers.filter {
                $0.value.halfStars != nil && films.events.event($0.key).user == Self.refusedUser
            }.keys
            let texts = try system.rows(
                "SELECT convert_from(raw_value, 'UTF8')::jsonb->>'id' FROM millrace.dead_letters")
            var seen: [Int: Int] = [:]
            for text in texts { seen[Int(text) ?? -1, default: 0] += 1 }
            var problems: [String] = []
            for id in expected where seen[id] == nil { problems.append("dead letter \(id) is missing") }
            for (id, count) in seen where count > 1 { problems.append("dead letter \(id) is there \(count) times") }
            for id in seen.keys where !expected.contains(id) { problems.append("dead letter \(id) is nobody's") }
            return problems.sorted()
        }

        /// How often what has fired, over all processes.
        func fired(in ownLog: String? = nil) -> [FailpointPair: Int] {
            var counts: [FailpointPair: Int] = [:]
            for line in FailpointLog(path: ownLog ?? log).lines where line.event == .fired {
                if let action = line.action { counts[FailpointPair(line.name, action), default: 0] += 1 }
            }
            return counts
        }

        var output: String { (try? String(contentsOfFile: "\(system.directory)/job.log", encoding: .utf8)) ?? "" }
    }

    /// A point with something that can be made to happen there.
    struct FailpointPair: Hashable, CustomStringConvertible {
        var name: Failpoint
        var action: FailpointAction.Kind

        init(_ name: Failpoint, _ action: FailpointAction.Kind) {
            self.name = name
            self.action = action
        }

        var description: String { "\(name.rawValue)=\(action.rawValue)" }
    }
#endif
