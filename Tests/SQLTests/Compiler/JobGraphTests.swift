import Columnar
import Dataflow
import Foundation
import Operators
import SQL
import Testing

/// What the graph of the example says to the runtime, value by value.
struct JobGraphTests {
    private func compile(_ text: String) throws -> CompiledJob {
        try CompilerQueryTests.compiler.compile(text, fileName: "job.sql")
    }

    private func example(_ edit: (String) -> String = { $0 }) throws -> CompiledJob {
        let file = try #require(QueryFile.all(in: "Plans").first { $0.name == "ratings_before_plays.sql" })
        return try compile(edit(file.text))
    }

    @Test func theExampleIsSourcesTwoJoinsAndASink() throws {
        let graph = try example().graph
        #expect(
            graph.vertices.map(\.uid) == [
                "source:plays", "source:ratings", "temporal-join:plays with ratings",
                "calc:temporal-join:plays with ratings", "source:movies",
                "keyed-enrichment:plays, ratings with movies", "calc:keyed-enrichment:plays, ratings with movies",
                "sink:enriched_plays",
            ])
        for vertex in graph.vertices {
            #expect(vertex.inputs.count == vertex.inputNumbers.count)
        }
        for (index, vertex) in graph.vertices.enumerated() {
            #expect(vertex.inputs.allSatisfy { $0.from < index })
        }
    }

    @Test func onlyUsedColumnsAreRead() throws {
        let graph = try example().graph
        guard case .source(let plays, let transform, let watermark) = graph.vertices[0].role else {
            Issue.record("no source: \(graph.vertices[0])")
            return
        }
        #expect(plays.fields.map(\.name) == ["user_id", "movie_id", "device", "ts"])
        #expect(transform == nil)
        #expect(
            watermark
                == WatermarkStrategy(
                    column: 3, delayMicroseconds: 5_000_000, idleTimeoutMilliseconds: 1000,
                    maximumDriftMicroseconds: 30_000_000, maximumAheadMicroseconds: 86_400_000_000))
        #expect(plays.table.options["topic"] == "plays")
    }

    @Test func theEnrichedTableDoesNotTakePartInEventTime() throws {
        let graph = try example { text in
            text.replacing(
                "title STRING, PRIMARY KEY (movie_id)",
                with: "title STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts, PRIMARY KEY (movie_id)")
        }.graph
        guard case .source(let movies, _, let watermark) = graph.vertices[4].role else {
            Issue.record("no source: \(graph.vertices[4])")
            return
        }
        #expect(watermark == nil)
        #expect(movies.fields.map(\.name) == ["movie_id", "title"])
    }

    @Test func bothSidesOfAJoinAreHashedByItsKeys() throws {
        let join = try example().graph.vertices[2]
        #expect(join.inputs.map(\.partitioning) == [.hash(columns: [0, 1]), .hash(columns: [0, 1])])
        #expect(join.inputNumbers == [0, 1])
        guard case .operator(let factory as TemporalJoinFactory) = join.role else {
            Issue.record("no temporal join: \(join)")
            return
        }
        #expect(factory.join.kind == .left)
        #expect((factory.leftTime, factory.rightTime) == (3, 3))
        #expect(factory.retentionMicroseconds == 3_600_000_000)
        #expect(factory.outputSchema == join.outputSchema)
    }

    @Test func theSinkTakesTheColumnsInItsOwnOrderAndNames() throws {
        let job = try example {
            $0.replacing(
                "INSERT INTO enriched_plays",
                with: "INSERT INTO enriched_plays (movie_id, user_id, title, device, played_at, rating, rated_at)")
        }
        guard case .sink(let sink) = job.graph.vertices[7].role else {
            Issue.record("no sink: \(job.graph.vertices[7])")
            return
        }
        #expect(
            sink.fields.map(\.name) == ["movie_id", "user_id", "title", "device", "played_at", "rating", "rated_at"])
        #expect(sink.changelog == .appendOnly)
        #expect(job.tables.map(\.role) == [.source, .source, .source, .sink])
    }

    @Test func uidsStayWhenAnotherInsertIsAdded() throws {
        let before = try example().graph.vertices.map(\.uid)
        let after = try example { text in
            text + """

                CREATE TABLE copy_ (user_id BIGINT) WITH ('connector' = 'print');
                INSERT INTO copy_ SELECT user_id FROM plays WHERE device = 'tv';
                """
        }.graph.vertices.map(\.uid)
        #expect(Array(after.prefix(before.count)) == before)
    }

    @Test func unionPartsShareTheirInputNumber() throws {
        let file = try #require(QueryFile.all(in: "Plans").first { $0.name == "union_all.sql" })
        let graph = try compile(file.text).graph
        let join = try #require(graph.vertices.first { $0.uid.hasPrefix("temporal-join") })
        #expect(join.inputNumbers == [0, 0, 0, 1])
    }

    @Test(arguments: [
        ("'5' SECOND", Int64(5_000_000)), ("'0.25' SECOND", 250_000), ("'2' MINUTES", 120_000_000),
        ("'1:30' MINUTE TO SECOND", 90_000_000), ("'1 02:03:04.5' DAY TO SECOND", 93_784_500_000),
        ("'3' HOUR", 10_800_000_000), ("'1' DAY", 86_400_000_000), ("'1' WEEK", 604_800_000_000),
        ("'10' MILLISECOND", 10_000), ("'0' SECOND", 0),
    ])
    func intervalsBecomeDelays(interval: String, microseconds: Int64) throws {
        let graph = try compile(
            """
            CREATE TABLE t (ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL \(interval)) WITH ('connector' = 'kafka', 'topic' = 't');
            CREATE TABLE out_ (ts TIMESTAMP(3)) WITH ('connector' = 'print');
            INSERT INTO out_ SELECT ts FROM t;
            """
        ).graph
        guard case .source(_, _, let watermark?) = graph.vertices[0].role else {
            Issue.record("no watermark: \(graph.vertices[0])")
            return
        }
        #expect(watermark.delayMicroseconds == microseconds)
    }

    @Test func idleTimeoutOfZeroMeansNever() throws {
        let graph = try compile(
            """
            CREATE TABLE t (ts TIMESTAMP(3), WATERMARK FOR ts AS ts)
            WITH ('connector' = 'kafka', 'topic' = 't', 'scan.watermark.idle-timeout' = '0');
            CREATE TABLE out_ (ts TIMESTAMP(3)) WITH ('connector' = 'print');
            INSERT INTO out_ SELECT ts FROM t;
            """
        ).graph
        guard case .source(_, _, let watermark?) = graph.vertices[0].role else {
            Issue.record("no watermark: \(graph.vertices[0])")
            return
        }
        #expect(watermark.idleTimeoutMilliseconds > 1_000_000_000)
    }

    /// The text of the lines that a vertex came from, by its uid.
    private func text(_ job: CompiledJob, of sql: String) -> [String: [String]] {
        let lines = sql.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        return Dictionary(
            uniqueKeysWithValues: zip(job.graph.vertices, job.lines).map { vertex, numbers in
                (vertex.uid, numbers.map { lines[$0 - 1].trimmingCharacters(in: .whitespaces) })
            })
    }

    @Test func linesBecomeTheirOperators() throws {
        let sql = """
            CREATE TABLE plays (user_id BIGINT, movie_id BIGINT, device STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts)
              WITH ('connector' = 'kafka', 'topic' = 'plays');
            CREATE TABLE ratings (
              user_id BIGINT, rating DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts, PRIMARY KEY (user_id) NOT ENFORCED
            ) WITH ('connector' = 'kafka', 'topic' = 'ratings');
            CREATE TABLE out_ (user_id BIGINT, stars DOUBLE) WITH ('connector' = 'print');

            INSERT INTO out_
            SELECT
              p.user_id,
              r.rating * 2
            FROM plays AS p
            LEFT JOIN ratings FOR SYSTEM_TIME AS OF p.ts AS r
              ON p.user_id = r.user_id
            WHERE p.device = 'tv'
              AND r.rating > 3;
            """
        let text = try text(compile(sql), of: sql)
        #expect(
            text["source:plays"] == [
                "CREATE TABLE plays (user_id BIGINT, movie_id BIGINT, device STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts)",
                "WITH ('connector' = 'kafka', 'topic' = 'plays');", "FROM plays AS p",
            ])
        #expect(text["source:ratings"]?.count == 4 && text["source:ratings"]?.last?.hasPrefix("LEFT JOIN") == true)
        // The condition on the left side alone is checked before the join.
        #expect(text["calc:source:plays"] == ["WHERE p.device = 'tv'", "AND r.rating > 3;"])
        #expect(
            text["temporal-join:plays with ratings"] == [
                "LEFT JOIN ratings FOR SYSTEM_TIME AS OF p.ts AS r", "ON p.user_id = r.user_id",
            ])
        #expect(
            text["calc:temporal-join:plays with ratings"] == [
                "p.user_id,", "r.rating * 2", "WHERE p.device = 'tv'", "AND r.rating > 3;",
            ])
        #expect(
            text["sink:out_"] == [
                "CREATE TABLE out_ (user_id BIGINT, stars DOUBLE) WITH ('connector' = 'print');", "INSERT INTO out_",
            ])
    }

    @Test func linesOfAViewAndOfEqualStepsBecomeTheSharedOperator() throws {
        let sql = """
            CREATE TABLE t (a BIGINT, b BIGINT) WITH ('connector' = 'kafka', 'topic' = 't');
            CREATE TABLE one (a BIGINT) WITH ('connector' = 'print');
            CREATE TABLE two (a BIGINT) WITH ('connector' = 'print');
            CREATE VIEW odd AS
              SELECT a + 1 AS a FROM t WHERE b > 0;
            INSERT INTO one SELECT a FROM odd;
            INSERT INTO two SELECT a + 1
              FROM t WHERE b > 0;
            """
        let job = try compile(sql)
        let calc = try #require(job.graph.vertices.firstIndex { $0.uid.hasPrefix("calc:") })
        #expect(job.graph.vertices.count { $0.uid.hasPrefix("calc:") } == 1)
        #expect(job.lines[calc] == [5, 6, 7, 8])
    }

    @Test func theExamplesVerticesAllHaveLines() throws {
        let job = try example()
        #expect(job.lines.count == job.graph.vertices.count)
        #expect(job.lines.allSatisfy { !$0.isEmpty }, "\(zip(job.graph.vertices.map(\.uid), job.lines))")
    }
}
