internal import Columnar
internal import Dataflow
internal import DevPostgres
internal import PostgresConnector
internal import Testing

@Suite(.timeLimit(.minutes(5)))
struct TableCheckTests {
    private func problem(_ bench: SinkBench, _ spec: SinkSpec) throws -> String {
        let sink = try bench.tables.makeSink(spec, bench.environment())
        defer { sink.participant?.close() }
        return try #require(throws: DataflowError.self) { try sink.start() }.message
    }

    @Test func everythingThatDoesNotFitIsListedAtOnce() throws {
        let bench = try SinkBench(
            nil,
            """
            CREATE TABLE t (user_id bigint, title text NOT NULL, rating int, made text GENERATED ALWAYS AS ('x') STORED,
                seen timestamp, c real)
            """)
        let fields = [
            Field("userid", .bigint), Field("rating", .double), Field("made", .string),
            Field("seen", .timestampLTZ(precision: 3)), Field("c", .double),
        ]
        let message = try problem(bench, bench.spec("t", fields, key: ["c"]))
        for part in [
            "no column userid; did you mean user_id?", "rating is integer, the query gives DOUBLE", "made is generated",
            "seen is timestamp without time zone", "title is NOT NULL", "no primary key or unique index on (c)",
            "key column c is real",
        ] {
            #expect(message.contains(part), "\(part) in \(message)")
        }
    }

    @Test func aMissingTableIsNamedWithItsStatement() throws {
        let bench = try SinkBench()
        let message = try problem(bench, bench.spec("nope", [Field("id", .int)]))
        #expect(message.contains("CREATE TABLE IF NOT EXISTS") && message.contains("sink.create-table"))
    }

    @Test func viewsAreRefused() throws {
        let bench = try SinkBench(nil, "CREATE VIEW v AS SELECT 1 AS id")
        #expect(try problem(bench, bench.spec("v", [Field("id", .int)])).contains("not a table"))
    }

    @Test func aTableIsCreatedWithItsTypesAndKey() throws {
        let bench = try SinkBench()
        let fields = [
            Field("a \"b\"", .boolean), Field("i", .int, isNullable: false), Field("l", .bigint), Field("d", .double),
            Field("n", .decimal(precision: 12, scale: 4)), Field("s", .string), Field("y", .bytes), Field("t", .date),
            Field("ts", .timestamp(precision: 3)), Field("tz", .timestampLTZ(precision: 6)),
        ]
        let sink = try bench.sink(bench.spec("made", fields, key: ["l", "i"], ["sink.create-table": "true"]))
        defer { sink.participant?.close() }
        let columns = try bench.rows(
            """
            SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute
            WHERE attrelid = 'made'::regclass AND attnum > 0 ORDER BY attnum
            """)
        #expect(
            columns == [
                "a \"b\"|boolean|f", "i|integer|t", "l|bigint|t", "d|double precision|f", "n|numeric(12,4)|f",
                "s|text|f",
                "y|bytea|f", "t|date|f", "ts|timestamp(3) without time zone|f", "tz|timestamp(6) with time zone|f",
            ])
        #expect(
            try bench.rows("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'made'::regclass") == [
                "PRIMARY KEY (l, i)"
            ])
        // What was created fits, also without the option.
        let again = try bench.sink(bench.spec("made", fields, key: ["l", "i"]))
        again.participant?.close()
    }

    @Test func rightsThatAreMissingAreNamed() throws {
        let server = try PostgresServer()
        defer { server.stop() }
        try server.query(
            "CREATE USER weak; CREATE TABLE public.t (id int PRIMARY KEY); GRANT INSERT ON public.t TO weak")
        let bench = try SinkBench(server)
        let url = server.socketUrl().replacingOccurrences("user=postgres", with: "user=weak")
        let options = ["url": url, "table-name": "public.t", "sink.delivery-guarantee": "at-least-once"]
        let message = try problem(bench, bench.spec("t", [Field("id", .int)], key: ["id"], options))
        #expect(message.contains("SELECT, UPDATE, DELETE"))
        let exact = try bench.sink(bench.spec("t", [Field("id", .int)], ["url": url, "table-name": "public.t"]))
        defer { exact.participant?.close() }
        let error = try #require(throws: DataflowError.self) { try exact.participant?.fence(bench.identity()) }
        #expect(error.message.contains("CREATE SCHEMA IF NOT EXISTS \"millrace\""))
        #expect(!error.isRetriable)
        let append = try bench.sink(bench.spec("t", [Field("id", .int)], options))
        append.stop()
    }

    @Test func optionsAreCheckedWithoutAServer() throws {
        let tables = PostgresTables()
        let definition = TableDefinition(
            name: "t",
            fields: [TableField(name: "x", type: .int, isNullable: true, origin: .metadata(key: "offset"))],
            primaryKey: [],
            options: [
                "connector": "postgres", "sink.on-eror": "skip", "sink.delivery-guarantee": "twice",
                "sink.max-retries": "-1", "lookup.cache": "FULL", "lookup.cache.ttl": "soon",
            ])
        let problems = tables.problems(definition)
        let text = problems.map(\.message).joined(separator: "\n")
        for part in [
            "MILLRACE_POSTGRES_URL", "did you mean 'sink.on-error'", "'twice'", "'sink.max-retries'", "'FULL'",
            "'soon'",
            "metadata",
        ] {
            #expect(text.contains(part), "\(part)")
        }
        #expect(
            tables.capabilities(
                TableDefinition(name: "t", fields: [], primaryKey: ["id"], options: [:])
            ).sink == .upsert)
    }

    @Test func theOnlineCheckChangesNothing() throws {
        let bench = try SinkBench(nil, "CREATE TABLE t (id text)")
        let wrong = bench.spec("t", [Field("id", .int)]).table
        #expect(bench.tables.onlineProblems(wrong, isSink: true).count == 1)
        let missing = bench.spec("u", [Field("id", .int)], ["sink.create-table": "true"]).table
        #expect(bench.tables.onlineProblems(missing, isSink: true).isEmpty)
        #expect(try bench.rows("SELECT to_regclass('u') IS NULL") == ["t"])
        #expect(bench.tables.onlineProblems(wrong, isSink: false).count == 1)
    }
}

extension String {
    fileprivate func replacingOccurrences(_ part: String, with other: String) -> String {
        split(separator: part, omittingEmptySubsequences: false).joined(separator: other)
    }

    /// Jobs that start in one moment in a database where none has run before: to PostgreSQL, IF NOT EXISTS is no promise then.
    @Test func tablesAndTheirSchemaAreMadeByManyAtOnce() throws {
        for _ in 0..<10 {
            let schema = "many\(UInt32.random(in: 0...UInt32.max))"
            let starts = (0..<6).map { number in
                BesideThread {
                    let bench = try SinkBench()
                    let options = ["sink.create-table": "true", "table-name": "\(schema).t\(number % 3)"]
                    let spec = bench.spec("t", [Field("id", .int)], options)
                    let sink = try bench.tables.makeSink(spec, bench.environment())
                    defer { sink.participant?.close() }
                    try sink.start()
                }
            }
            for start in starts { try start.join() }
        }
    }
}
