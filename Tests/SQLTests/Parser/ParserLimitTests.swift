import SQL
import Testing

struct ParserLimitTests {
    private func parse(_ text: String) -> Parser.Result {
        Parser.parse(SourceText.substituting(text, fileName: "job.sql", environment: [:]).text)
    }

    @Test func nestingDeeperThanTheLimitIsRefusedNotACrash() {
        let depth = 10_000
        let text =
            "INSERT INTO t SELECT " + String(repeating: "(", count: depth) + "1" + String(repeating: ")", count: depth)
        let result = parse(text)
        #expect(result.errors.map(\.message) == ["nested more than \(Parser.maximumNestingDepth) levels deep"])
    }

    @Test func aLongChainOfOperatorsIsNotDeep() {
        let length = Parser.maximumChainLength
        let chain = { (operators: Int) in
            "INSERT INTO t SELECT " + Array(repeating: "1", count: operators + 1).joined(separator: " + ")
        }
        #expect(parse(chain(length)).errors.isEmpty)
        #expect(parse(chain(length + 1)).errors.map(\.message) == ["more than \(length) operators in a row"])
    }

    @Test(arguments: [" + ", " AND ", " OR ", " = "])
    func theLongestChainsCompile(op: String) {
        let operand = op.contains("A") || op.contains("O") ? "(i > 1)" : op == " = " ? "f" : "i"
        let chain = Array(repeating: operand, count: Parser.maximumChainLength + 1).joined(separator: op)
        let text = """
            CREATE TABLE t (i BIGINT, f BOOLEAN) WITH ('connector' = 'kafka', 'topic' = 't');
            CREATE TABLE out_ (s STRING) WITH ('connector' = 'print');
            INSERT INTO out_ SELECT CAST(\(chain) AS STRING) FROM t;
            """
        #expect(CompilerQueryTests.compiler.check(text, fileName: "job.sql").isEmpty)
    }

    @Test func theDeepestNestingCompiles() {
        let depth = Parser.maximumNestingDepth - 4
        let text = """
            CREATE TABLE t (i BIGINT) WITH ('connector' = 'kafka', 'topic' = 't');
            CREATE TABLE out_ (i BIGINT) WITH ('connector' = 'print');
            INSERT INTO out_ SELECT \(String(repeating: "ABS(", count: depth / 2))i\(String(repeating: ")", count: depth / 2)) FROM t;
            """
        #expect(CompilerQueryTests.compiler.check(text, fileName: "job.sql").isEmpty)
    }

    @Test func everyPrefixOfAFileEndsInStatementsOrErrors() {
        let text =
            "CREATE TABLE t (a INT, WATERMARK FOR a AS a - INTERVAL '5' SECOND) WITH ('a' = 'b'); "
            + "INSERT INTO t SELECT CASE WHEN a IN (1) THEN x.y END FROM (SELECT * FROM t) AS x WHERE NOT a LIKE 'b'"
        for length in 0..<text.count {
            let result = parse(String(text.prefix(length)))
            #expect(result.statements.count + result.errors.count <= 2)
        }
    }
}
