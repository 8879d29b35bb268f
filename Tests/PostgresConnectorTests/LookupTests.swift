internal import Columnar
internal import Dataflow
internal import DevPostgres
internal import PostgresConnector
internal import Synchronization
internal import TestKit
internal import Testing

@Suite(.timeLimit(.minutes(5)))
struct LookupTests {
    /// A clock that stands until it is moved.
    private final class HandClock: Sendable {
        let nanoseconds = Atomic<UInt64>(0)

        func advance(seconds: UInt64) { nanoseconds.add(seconds * 1_000_000_000, ordering: .relaxed) }
    }

    private let clock = HandClock()

    private func lookup(
        _ bench: SinkBench, _ fields: [Field], keys: [String], _ options: [String: String] = [:]
    ) throws -> PostgresLookup {
        let table = bench.spec("t", fields, options).table
        var environment = bench.environment()
        let clock = self.clock
        environment.clock.monotonicNanoseconds = { clock.nanoseconds.load(ordering: .relaxed) }
        let made = try bench.tables.makeLookup(LookupSpec(table: table, keys: keys, fields: table.fields), environment)
        return try #require(made as? PostgresLookup)
    }

    /// The answer as `left row: values` lines.
    private func ask(_ lookup: PostgresLookup, _ batch: RecordBatch, keys: [Int]) throws -> [String] {
        let matches = try lookup.lookup(batch, keys: keys)
        #expect(matches.rows.rowCount == matches.leftRows.count)
        return (0..<matches.rows.rowCount).map { row in
            let values = matches.rows.columns.map { text($0, row) }
            return "\(matches.leftRows[row]): \(values.joined(separator: "|"))"
        }
    }

    private func text(_ column: Column, _ row: Int) -> String {
        guard column.isValid(row) else { return "-" }
        switch column.type.physical {
        case .bool: return column.bools[row] == 1 ? "true" : "false"
        case .int32: return String(column.int32s[row])
        case .int64: return String(column.int64s[row])
        case .int128: return String(column.int128s[row])
        case .double: return "\(column.doubles[row])"
        case .bytes: return String(decoding: column.bytes(row), as: UTF8.self)
        }
    }

    @Test func everyTypeIsReadAsItIs() throws {
        let bench = try SinkBench(
            nil,
            """
            CREATE TABLE t (k bigint, a bool, b smallint, c int, d real, e numeric, f varchar(9), g bytea, h date,
                i timestamp, j timestamptz, l uuid, m jsonb, n numeric(30, 4), o numeric);
            INSERT INTO t VALUES (1, true, -3, 4, 0.5, -12.345, 'ünï', 'ab', '2024-02-29', '1969-12-31 23:59:59.999999',
                '2024-02-29 12:00:00.1239+00', '00112233-4455-6677-8899-aabbccddeeff', '{"a": 1}',
                12345678901234567890.0005, 1234567);
            INSERT INTO t (k) VALUES (2);
            INSERT INTO t (k, e, i, h, o) VALUES (3, 0, 'infinity', '-infinity', 0.00005), (4, 99.995, NULL, NULL, -0.5)
            """)
        let fields = [
            Field("k", .bigint), Field("a", .boolean), Field("b", .int), Field("c", .bigint), Field("d", .double),
            Field("e", .decimal(precision: 9, scale: 2)), Field("f", .string), Field("g", .bytes), Field("h", .date),
            Field("i", .timestamp(precision: 6)), Field("j", .timestampLTZ(precision: 3)), Field("l", .string),
            Field("m", .string), Field("n", .decimal(precision: 30, scale: 4)),
            Field("o", .decimal(precision: 18, scale: 0)),
        ]
        let lookup = try lookup(bench, fields, keys: ["k"])
        defer { lookup.close() }
        let batch = makeBatch(Schema([Field("x", .bigint)]), [[1], [2], [3], [4], [5]])
        #expect(
            try ask(lookup, batch, keys: [0]) == [
                "0: 1|true|-3|4|0.5|-1235|ünï|ab|19782|-1|1709208000123000|00112233-4455-6677-8899-aabbccddeeff|"
                    + "{\"a\": 1}|123456789012345678900005|1234567",
                "1: 2" + String(repeating: "|-", count: 14),
                "2: 3|-|-|-|-|0|-|-|\(Int32.min)|\(Int64.max)|-|-|-|-|0",
                "3: 4|-|-|-|-|10000|-|-|-|-|-|-|-|-|-1",
            ])
    }

    @Test func keysOfSeveralColumnsMatchTogetherAndNullsMatchNothing() throws {
        let bench = try SinkBench(
            nil,
            """
            CREATE TABLE t (a int, b text, v text);
            INSERT INTO t VALUES (1, 'x', 'one'), (1, 'y', 'two'), (2, 'x', 'three'), (2, 'x', 'four'), (NULL, 'x', 'never')
            """)
        let fields = [Field("v", .string), Field("a", .int)]
        let lookup = try lookup(bench, fields, keys: ["b", "a"])
        defer { lookup.close() }
        // The left side is wider than the table's column: what does not fit matches nothing.
        let schema = Schema([Field("n", .bigint), Field("s", .string)])
        let batch = makeBatch(
            schema,
            [[2, "x"], [1, "y"], [nil, "x"], [1, nil], [1, "z"], [5_000_000_000, "x"], [2, "x"], [1, "x\0"]])
        let found = try ask(lookup, batch, keys: [1, 0])
        #expect(found.sorted() == ["0: four|2", "0: three|2", "1: two|1", "6: four|2", "6: three|2"])
        let selected = batch.selecting(SelectionVector([1, 6]))
        #expect(try ask(lookup, selected, keys: [1, 0]).sorted() == ["1: two|1", "6: four|2", "6: three|2"])
        #expect(lookup.queryCount == 2)
    }

    @Test func theCacheAnswersUntilItExpires() throws {
        let bench = try SinkBench(nil, "CREATE TABLE t (k bigint, v text); INSERT INTO t VALUES (1, 'a'), (2, 'b')")
        let lookup = try lookup(
            bench, [Field("v", .string)], keys: ["k"],
            ["lookup.cache": "PARTIAL", "lookup.partial-cache.expire-after-write": "10 s"])
        defer { lookup.close() }
        let batch = makeBatch(Schema([Field("k", .bigint)]), [[1], [2], [3], [1]])
        let first = ["0: a", "1: b", "3: a"]
        #expect(try ask(lookup, batch, keys: [0]) == first)
        try bench.database.execute("UPDATE t SET v = 'new'; INSERT INTO t VALUES (3, 'late')")
        clock.advance(seconds: 9)
        #expect(try ask(lookup, batch, keys: [0]) == first)
        #expect(lookup.queryCount == 1)
        clock.advance(seconds: 1)
        #expect(try ask(lookup, batch, keys: [0]) == ["0: new", "1: new", "2: late", "3: new"])
        #expect(lookup.queryCount == 2)
    }

    @Test func keysWithoutRowsAreAskedAgainWhereTheyAreNotCached() throws {
        let bench = try SinkBench(nil, "CREATE TABLE t (k bigint, v text)")
        let lookup = try lookup(
            bench, [Field("v", .string)], keys: ["k"],
            ["lookup.cache": "PARTIAL", "lookup.partial-cache.cache-missing-key": "false"])
        defer { lookup.close() }
        let batch = makeBatch(Schema([Field("k", .bigint)]), [[1]])
        #expect(try ask(lookup, batch, keys: [0]) == [])
        try bench.database.execute("INSERT INTO t VALUES (1, 'a')")
        #expect(try ask(lookup, batch, keys: [0]) == ["0: a"])
        #expect(try ask(lookup, batch, keys: [0]) == ["0: a"])
        #expect(lookup.queryCount == 2)
    }

    @Test func aSmallCacheGivesTheSameAnswersAsNone() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        let bench = try SinkBench(
            nil,
            "CREATE TABLE t (k bigint, v text); INSERT INTO t SELECT i % 300, 'v' || i FROM generate_series(1, 500) i")
        let fields = [Field("v", .string), Field("k", .bigint)]
        let plain = try lookup(bench, fields, keys: ["k"])
        let cached = try lookup(
            bench, fields, keys: ["k"], ["lookup.cache.max-rows": "50", "lookup.cache.ttl": "1 min"])
        defer {
            plain.close()
            cached.close()
        }
        for _ in 0..<60 {
            let rows: [[Cell]] = (0..<40).map { _ in
                [.integer(Int64(random.next() % (random.next() % 2 == 0 ? 20 : 400)))]
            }
            let batch = makeBatch(Schema([Field("k", .bigint)]), rows)
            #expect(try ask(cached, batch, keys: [0]).sorted() == ask(plain, batch, keys: [0]).sorted(), "seed \(seed)")
            clock.advance(seconds: 5)
        }
    }

    @Test func aLostConnectionIsOpenedAgain() throws {
        let server = try PostgresServer()
        defer { server.stop() }
        let bench = try SinkBench(server, "CREATE TABLE t (k bigint, v text); INSERT INTO t VALUES (1, 'a')")
        let lookup = try lookup(bench, [Field("v", .string)], keys: ["k"])
        defer { lookup.close() }
        let batch = makeBatch(Schema([Field("k", .bigint)]), [[1]])
        #expect(try ask(lookup, batch, keys: [0]) == ["0: a"])
        try server.halt(mode: "immediate")
        try server.start()
        #expect(try ask(lookup, batch, keys: [0]) == ["0: a"])
        try server.halt(mode: "immediate")
        let error = try #require(throws: DataflowError.self) { try ask(lookup, batch, keys: [0]) }
        #expect(error.code == .unavailable)
    }

    @Test func aTableThatDoesNotFitIsRefused() throws {
        let bench = try SinkBench(nil, "CREATE TABLE t (k bigint, v interval)")
        let error = try #require(throws: DataflowError.self) {
            try lookup(bench, [Field("v", .double), Field("w", .int)], keys: ["z"])
        }
        for part in ["v is interval", "no column w", "no column z"] { #expect(error.message.contains(part)) }
    }
}
