internal import Dataflow
internal import DevPostgres
internal import PostgresConnector
internal import Synchronization
internal import Testing

@Suite(.timeLimit(.minutes(5)))
struct PostgresConnectionTests {
    @Test func statementsAndParametersAnswerRows() throws {
        let (connection, _) = try Fixture.session()
        let result = try connection.query("SELECT $1::int + 1, $2::text, NULL::text", ["41", "it's"])
        #expect(result.rowCount == 1)
        #expect(result.text(0, 0) == "42")
        #expect(result.text(0, 1) == "it's")
        #expect(result.text(0, 2) == nil)
    }

    @Test func errorsCarryTheSQLStateAndNoValues() throws {
        let (connection, _) = try Fixture.session()
        try connection.execute("CREATE TABLE t (id int PRIMARY KEY)")
        try connection.execute("INSERT INTO t VALUES (77)")
        let error = try #require(throws: PostgresConnectorError.self) {
            try connection.execute("INSERT INTO t VALUES (77)")
        }
        #expect(error.code == .rowRefused)
        #expect(error.sqlState == SQLState("23505"))
        #expect(!"\(error)".contains("77"))
        #expect(String(reflecting: error).contains("77"))
    }

    @Test func noticesOfTheServerAreEvents() throws {
        let told = Mutex<[LogEvent]>([])
        let connection = try PostgresConnection(
            ConnectionParameters(url: Fixture.server.get().socketUrl()), session: SessionSettings(applicationName: "n"),
            notices: { event in told.withLock { $0.append(event) } })
        for level in ["WARNING", "NOTICE", "INFO", "DEBUG"] {
            try connection.execute("SET client_min_messages = debug; DO $$ BEGIN RAISE \(level) E'a\\nb'; END $$")
        }
        try connection.execute("CREATE TEMPORARY TABLE twice (); CREATE TEMPORARY TABLE IF NOT EXISTS twice ()")
        let events = told.withLock { $0 }.filter { $0.fields["text"] == "a\nb" }
        #expect(events.map(\.level) == [.warning, .info, .info, .debug])
        #expect(events.allSatisfy { $0.message == "PostgreSQL" })
        #expect(events.first?.fields["sqlstate"] == "01000")
        let exists = told.withLock { $0 }.filter { $0.fields["sqlstate"] == "42P07" }
        #expect(exists.map(\.level) == [.debug])
    }

    /// What the server warns of while a session begins goes the same way, and not to standard error.
    @Test func warningsOfConnectingAreEvents() throws {
        let server = try Fixture.server.get()
        let name = try server.createDatabase()
        let (connection, _) = try Fixture.session()
        try connection.execute("UPDATE pg_database SET datcollversion = 'of old' WHERE datname = '\(name)'")
        let told = Mutex<[LogEvent]>([])
        _ = try PostgresConnection(
            ConnectionParameters(url: server.socketUrl(database: name)), session: SessionSettings(applicationName: "n"),
            notices: { event in told.withLock { $0.append(event) } })
        let events = told.withLock { $0 }
        #expect(events.map(\.level) == [.warning])
        #expect(events.first?.fields["text"]?.contains("collation version") == true, "\(events)")
    }

    @Test func aPipelineStopsAtItsFirstError() throws {
        let (connection, _) = try Fixture.session()
        try connection.execute("CREATE TABLE t (id int)")
        try connection.pipeline([PipelinedStatement("INSERT INTO t VALUES ($1)", ["1"])])
        #expect(throws: PostgresConnectorError.self) {
            try connection.pipeline([
                PipelinedStatement("INSERT INTO t VALUES ($1)", ["2"]), PipelinedStatement("SELECT 1/0"),
                PipelinedStatement("INSERT INTO t VALUES ($1)", ["3"]),
            ])
        }
        let result = try connection.execute("SELECT count(*) FROM t")
        #expect(result.text(0, 0) == "1")
    }

    @Test func wrongPasswordsAreNotRetriedAndNotShown() throws {
        var configuration = PostgresServer.Configuration()
        configuration.password = "right-secret"
        let server = try PostgresServer(configuration)
        defer { server.stop() }
        let session = SessionSettings(applicationName: "test")
        _ = try PostgresConnection(ConnectionParameters(url: server.url()), session: session)
        let error = try #require(throws: PostgresConnectorError.self) {
            let parameters = try ConnectionParameters(url: server.url(), password: "canary-secret")
            _ = try PostgresConnection(parameters, session: session)
        }
        #expect(!error.isRetriable)
        #expect(!String(reflecting: error).contains("canary-secret"))
    }

    @Test func aServerThatIsAwayMayBeTriedAgain() throws {
        let server = try PostgresServer()
        defer { server.stop() }
        let session = SessionSettings(applicationName: "test")
        let parameters = try ConnectionParameters(url: server.url())
        let connection = try PostgresConnection(parameters, session: session)
        try server.crash()
        let lost = try #require(throws: PostgresConnectorError.self) { try connection.execute("SELECT 1") }
        #expect(lost.isRetriable)
        let refused = try #require(throws: PostgresConnectorError.self) {
            _ = try PostgresConnection(parameters, session: session)
        }
        #expect(refused.isRetriable)
        try server.start()
        _ = try PostgresConnection(parameters, session: session)
    }

    @Test(arguments: [
        (
            "jdbc:postgresql://db:5433/shop?user=bob&password=a%20b&ssl=true",
            [
                "host": "db", "port": "5433", "dbname": "shop", "user": "bob", "password": "a b",
                "sslmode": "verify-full",
            ]
        ),
        ("jdbc:postgresql:shop", ["host": "localhost", "dbname": "shop"]),
        (
            "jdbc:postgresql://[::1]:5433,other/shop?reWriteBatchedInserts=true",
            ["host": "::1,other", "port": "5433,5432"]
        ),
        ("postgres://bob:p%40ss@db/shop?sslmode=require", ["user": "bob", "password": "p@ss", "sslmode": "require"]),
        ("host=db dbname='my shop'", ["host": "db", "dbname": "my shop"]),
    ])
    func urlsAreReadInEveryForm(url: String, expected: [String: String]) throws {
        let parameters = try ConnectionParameters(url: url)
        for (keyword, value) in expected { #expect(parameters.values[keyword] == value) }
        #expect(!String(reflecting: parameters).contains("p@ss"))
    }

    @Test(arguments: ["jdbc:mysql://h/d", "jdbc:postgresql://h/d?colour=red", "postgres://[broken", "canary"])
    func urlsThatCannotBeReadAreRefusedWithoutQuotingThem(url: String) throws {
        let error = try #require(throws: PostgresConnectorError.self) { try ConnectionParameters(url: url) }
        #expect(error.code == .configuration)
        #expect(!"\(error)".contains("canary"))
    }

    @Test(arguments: ["plain", "we\"ird", "x\"; DROP TABLE t; --", "ünï", "SELECT", " "])
    func hostileNamesAreOnlyNames(name: String) throws {
        let (connection, schema) = try Fixture.session()
        let table = QualifiedTableName(schema: try SQLIdentifier(schema), table: try SQLIdentifier(name))
        try connection.execute("CREATE TABLE \(table.quoted) (\(try SQLIdentifier(name).quoted) int)")
        let found = try connection.query(
            "SELECT count(*) FROM pg_catalog.pg_class WHERE relname = $1 AND relnamespace = $2::regnamespace",
            [name, schema])
        #expect(found.text(0, 0) == "1")
    }

    @Test func namesTheServerWouldCutAreRefused() {
        #expect(throws: PostgresConnectorError.self) { try SQLIdentifier(String(repeating: "a", count: 64)) }
        #expect(throws: PostgresConnectorError.self) { try SQLIdentifier("a\0b") }
        #expect(throws: PostgresConnectorError.self) { try QualifiedTableName(parsing: "a.b.c") }
    }
}
