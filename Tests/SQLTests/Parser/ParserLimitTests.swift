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
        let text = "INSERT INTO t SELECT " + Array(repeating: "1", count: 5_000).joined(separator: " + ")
        #expect(parse(text).errors.isEmpty)
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
