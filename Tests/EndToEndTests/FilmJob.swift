import DevPostgres
import Foundation
import JobService
import KafkaConnector
import Testing

/// Ratings before plays into one or two sinks, on a test system, with a producer that goes on in the background.
final class FilmJob: Sendable {
    enum Sinks: String, CaseIterable, Sendable {
        case postgres, kafka, both
    }

    let system: TestSystem
    let films: Films
    let sinks: Sinks
    let sqlPath: String
    let parallelism: Int

    init(_ system: TestSystem, _ films: Films, sinks: Sinks, parallelism: Int) throws {
        self.system = system
        self.films = films
        self.sinks = sinks
        self.parallelism = parallelism
        sqlPath = try system.write(Self.sql(sinks))
        let loader = try system.makeLoader()
        try loader.createTopic(system.topic("ratings"), partitions: 4)
        try loader.createTopic(system.topic("plays"), partitions: 4)
        try loader.createTopic(system.topic("movies"), partitions: 2, isCompacted: true)
        try loader.createTopic(system.topic("output"), partitions: 3)
        try films.loadFilms(loader, topic: system.topic("movies"))
    }

    /// Starts the job; `further` are environment variables, `arguments` follow the file.
    func start(_ arguments: [String] = [], further: [String: String] = [:]) throws -> ServiceProcess {
        var environment = system.environment(["MILLRACE_PARALLELISM": String(parallelism)])
        environment.merge(further) { $1 }
        return try ServiceProcess(
            ["run", sqlPath] + arguments, environment: environment, log: "\(system.directory)/job.log")
    }

    /// Produces everything in the background, in even steps over about `seconds`.
    func produce(overSeconds seconds: Double) -> Thread {
        let films = films
        let system = system
        let thread = Thread {
            do {
                let loader = try system.makeLoader()
                let total = films.events.configuration.eventCount
                let steps = max(1, Int(seconds * 20))
                for step in 0..<steps {
                    let range = step * total / steps..<(step + 1) * total / steps
                    try films.load(range, loader, ratings: system.topic("ratings"), plays: system.topic("plays"))
                    TestSystem.pass(milliseconds: 50)
                }
            } catch {
                Issue.record("producing failed: \(error)")
            }
        }
        thread.start()
        return thread
    }

    /// Waits until every sink holds as many rows as there are plays, and says what is wrong with them.
    func differences() throws -> [String] {
        var problems: [String] = []
        if sinks != .kafka {
            try system.waitForRows("enriched", count: films.answers.count)
            problems += films.differences(try tableRows()).map { "table: \($0)" }
        }
        if sinks != .postgres {
            _ = try system.records(system.topic("output"), count: films.answers.count)
            problems += films.differences(try topicRows()).map { "topic: \($0)" }
        }
        return problems
    }

    func tableRows(
        _ table: String = "enriched", on server: PostgresServer? = nil
    ) throws -> [(id: Int, answer: Films.Answer)] {
        let text = try (server ?? system.postgres).query(
            "SELECT id, title, (rating * 2)::int, (extract(epoch FROM rated_at) * 1000)::bigint FROM \(table)",
            database: system.database)
        return text.split(separator: "\n").compactMap { line in
            let parts = line.split(separator: "|", omittingEmptySubsequences: false)
            guard parts.count == 4, let id = Int(parts[0]) else { return nil }
            return (id, Films.Answer(title: String(parts[1]), halfStars: Int(parts[2]), ratedAt: Int(parts[3])))
        }
    }

    func topicRows() throws -> [(id: Int, answer: Films.Answer)] {
        try system.allRecords(system.topic("output")).compactMap { object in
            guard let id = object["id"] as? Int, let title = object["title"] as? String else { return nil }
            let stars = (object["rating"] as? Double).map { Int($0 * 2) }
            return (id, Films.Answer(title: title, halfStars: stars, ratedAt: object["rated_at"] as? Int))
        }
    }

    private static func sql(_ sinks: Sinks) -> String {
        let columns = "id BIGINT, title STRING, rating DOUBLE"
        var text = """
            CREATE TABLE ratings (
              user_id BIGINT, movie_id BIGINT, rating DOUBLE, ts TIMESTAMP_LTZ(3),
              WATERMARK FOR ts AS ts - INTERVAL '5' SECOND, PRIMARY KEY (user_id, movie_id) NOT ENFORCED
            ) WITH ('connector' = 'kafka', 'topic' = '${RATINGS}', 'format' = 'json',
                    'scan.startup.mode' = 'earliest-offset');
            CREATE TABLE plays (
              id BIGINT, user_id BIGINT, movie_id BIGINT, ts TIMESTAMP_LTZ(3), now_ AS PROCTIME(),
              WATERMARK FOR ts AS ts - INTERVAL '5' SECOND
            ) WITH ('connector' = 'kafka', 'topic' = '${PLAYS}', 'format' = 'json',
                    'scan.startup.mode' = 'earliest-offset');
            CREATE TABLE movies (movie_id BIGINT, title STRING, PRIMARY KEY (movie_id) NOT ENFORCED)
            WITH ('connector' = 'upsert-kafka', 'topic' = '${MOVIES}', 'key.format' = 'json', 'value.format' = 'json');
            CREATE TEMPORARY VIEW enriched_view AS
            SELECT p.id, m.title, r.rating, r.ts AS rated_at, r.user_id
            FROM plays AS p
            LEFT JOIN ratings FOR SYSTEM_TIME AS OF p.ts AS r ON p.user_id = r.user_id AND p.movie_id = r.movie_id
            LEFT JOIN movies FOR SYSTEM_TIME AS OF p.now_ AS m ON p.movie_id = m.movie_id;

            """
        if sinks != .kafka {
            text += """
                CREATE TABLE enriched (\(columns), rated_at TIMESTAMP_LTZ(3))
                WITH ('connector' = 'postgres', 'table-name' = '${TABLE}', 'sink.create-table' = 'true');

                """
        }
        if sinks != .postgres {
            text += """
                CREATE TABLE output (\(columns), rated_at TIMESTAMP_LTZ(3))
                WITH ('connector' = 'kafka', 'topic' = '${OUTPUT}', 'format' = 'json',
                      'json.encode.timestamp' = 'epoch-millis');

                """
        }
        text += "EXECUTE STATEMENT SET BEGIN\n"
        if sinks != .kafka { text += "INSERT INTO enriched SELECT id, title, rating, rated_at FROM enriched_view;\n" }
        if sinks != .postgres {
            text += "INSERT INTO output SELECT id, title, rating, rated_at FROM enriched_view;\n"
        }
        return text + "END;\n"
    }
}
