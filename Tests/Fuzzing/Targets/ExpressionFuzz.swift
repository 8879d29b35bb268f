import Columnar
import Dataflow
import SQL
import TestKit

/// An expression gives the same for a row whatever the batch is that the row lies in: whole, one row at a time, between
/// rows that a selection leaves out.
enum ExpressionFuzz {
    static func run(_ bytes: [UInt8]) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        for job in jobs(text) {
            guard let graph = try? SQLFuzz.compiler.compile(job, fileName: "job.sql").graph else {
                continue
            }
            try run(graph)
        }
    }

    private static let table = """
        CREATE TABLE t (b BOOLEAN, i INT, l BIGINT, f DOUBLE, n DECIMAL(10, 2), w DECIMAL(38, 4), s STRING, y BYTES, d DATE,
        ts TIMESTAMP(3), z TIMESTAMP_LTZ(6)) WITH ('connector' = 'kafka');
        CREATE TABLE out_ (s STRING) WITH ('connector' = 'print');

        """

    private static func jobs(_ expression: String) -> [String] {
        [
            "INSERT INTO out_ SELECT CAST((\(expression)\n) AS STRING) FROM t",
            "INSERT INTO out_ SELECT s FROM t WHERE \(expression)\n",
        ].map { table + $0 }
    }

    private static func run(_ graph: JobGraph) throws {
        for vertex in graph.vertices {
            guard case .operator(let factory) = vertex.role, vertex.inputs.count == 1,
                case .source(let spec, let transform, _) = graph.vertices[vertex.inputs[0].from].role,
                transform == nil
            else { continue }
            let rows = rows.map { row in TestRow(spec.fields.map { row[columns[$0.name] ?? 0] }) }
            let whole = try results(factory, spec.schema, [rows], .dense)
            let selected = try results(factory, spec.schema, [rows], .selected)
            let single = try results(factory, spec.schema, rows.map { [$0] }, .dense)
            for (name, other) in [("selected", selected), ("single", single)] {
                try FuzzFinding.check(
                    other == whole, "\(factory.details): whole \(whole ?? []), \(name) \(other ?? [])")
            }
        }
    }

    /// The rows, and what was refused; nil where the job would have stopped.
    private static func results(
        _ factory: any OperatorFactory, _ schema: Schema, _ batches: [[TestRow]],
        _ shape: TestBatchShape
    ) throws -> [String]? {
        guard let harness = try? OperatorHarness(factory) else { return nil }
        for batch in batches {
            do {
                try harness.process(batch, of: schema, shape: shape)
            } catch {
                return nil
            }
        }
        return harness.collector.batches.flatMap(FuzzRows.texts)
    }

    private static let columns: [String: Int] = [
        "b": 0, "i": 1, "l": 2, "f": 3, "n": 4, "w": 5, "s": 6, "y": 7, "d": 8, "ts": 9, "z": 10,
    ]

    private static let rows: [[TestValue]] = [
        [1, 0, 0, 0.0, 0, 0, "", "", 0, 0, 0],
        [0, 1, -1, 1.5, 150, -10000, "a", "b", 1, 1000, 1],
        [nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil],
        [
            1, 2_147_483_647, .integer(.max), .double(.infinity), 9_999_999_999, .integer(.max), "é€😀",
            "\u{0}", 19_000, 1_700_000_000_123_000, 1_700_000_000_123_456,
        ],
        [
            0, -2_147_483_648, .integer(.min), .double(.nan), -9_999_999_999, .integer(.min),
            "2024-01-31 12:00:00", "long enough to lie outside", -719_162, -62_135_596_800_000_000,
            253_402_300_799_999_999,
        ],
        [1, 7, 42, -0.0, 1, 12345, "12.5", "x", 20_000, 951_782_400_000_000, -1],
        [nil, 3, nil, 1e300, nil, 5, "%_\\", nil, 100, nil, 86_400_000_000],
    ]

    static func seeds() -> [[UInt8]] {
        [
            "i + l * 2 - f", "CASE WHEN b THEN s ELSE 'x' || s END", "CAST(n AS DECIMAL(5, 1)) + w",
            "s LIKE 'a%'",
            "EXTRACT(DAY FROM ts)", "DATE_FORMAT(z, 'yyyy-MM-dd')", "COALESCE(s, CAST(d AS STRING))",
            "i IN (1, 2, 3)",
            "l BETWEEN 1 AND 50", "TRY_CAST(s AS DOUBLE)", "ts + INTERVAL '5' DAY", "FLOOR(ts TO HOUR)",
            "ABS(i) / 3",
            "TIMESTAMPDIFF(SECOND, ts, z)", "TO_TIMESTAMP_LTZ(l, 3)", "SUBSTRING(s FROM 2 FOR 3)",
            "TRIM(BOTH 'a' FROM s)",
            "POSITION('a' IN s)", "b IS NOT TRUE AND NOT i = 3 OR f > 1", "UPPER(s) = s", "ROUND(f, 2)",
            "MOD(l, 7)",
            "i IS DISTINCT FROM l", "IF(b, 1, 2)", "REGEXP_REPLACE(s, '[a-z]', 'x')", "LPAD(s, 10, 'x')",
            "POWER(f, 2)",
            "CEIL(z TO DAY)", "TIMESTAMPADD(MONTH, 1, ts)", "CAST(y AS STRING)", "SPLIT_INDEX(s, ' ', 1)",
            "MD5(s)",
            "DATE '2024-01-31' + INTERVAL '1' MONTH", "d - INTERVAL '2' YEAR", "GREATEST(i, 5)",
            "REPEAT(s, 3)",
            "CHAR_LENGTH(s) + OCTET_LENGTH(y)", "NULLIF(i, 7)", "TRUNCATE(n, 1)", "LOCATE('b', s)",
            "REVERSE(s)",
        ].map { Array($0.utf8) }
    }

    static let dictionary: [String] =
        SQLFuzz.dictionary + [
            "b", "i", "l", "f", "n", "w", "s", "y", "d", "ts", "z", "CAST(", "TRY_CAST(", " AS STRING)",
            " AS INT)",
            " AS DOUBLE)", " AS DECIMAL(38, 0))", " AS TIMESTAMP(3))", " AS DATE)", " AS BOOLEAN)",
            " AS BYTES)",
            "LIKE '%", "ESCAPE '!'", "INTERVAL '9999' YEAR", "-9223372036854775808", "2147483648",
            "0.0000001",
            "ABS(", "FLOOR(", "ROUND(", "SUBSTRING(", "REPLACE(", "CONCAT(", "CONCAT_WS(", "LOWER(",
            "REGEXP_EXTRACT(",
            "DATE_FORMAT(", "TO_TIMESTAMP(", "TO_DATE(", "UNIX_TIMESTAMP(", "FROM_UNIXTIME(", "COALESCE(",
            "REPEAT(",
            "LPAD(", "RPAD(", "SIGN(", "SQRT(", "EXP(", "LN(", "LOG10(", "IFNULL(",
        ]
}
