import Testing

@testable import PipelineTesting

struct YAMLValueTests {
    @Test(
        arguments: [
            ("1", "1"), ("-5", "-5"), ("+5", "5"), ("1.50", "1.50"), (".5", "0.5"), ("1.", "1"), ("1e3", "1e3"),
            ("007", "\"007\""), ("0", "0"), ("-0.0", "-0.0"), ("0x1F", "\"0x1F\""), (".", "\".\""),
            ("1_000", "\"1_000\""),
            ("true", "true"), ("False", "false"), ("no", "\"no\""), ("on", "\"on\""), ("~", "null"), ("null", "null"),
            ("2026-01-01", "\"2026-01-01\""), ("2026-01-01 20:00:00Z", "\"2026-01-01 20:00:00Z\""),
            ("12:30", "\"12:30\""),
            ("'5'", "\"5\""), ("\"null\"", "\"null\""), ("'a\"b'", "\"a\\\"b\""), (".inf", "\".inf\""),
            ("12345678901234567890123", "12345678901234567890123"), ("[1, a]", "[1,\"a\"]"),
            ("{a: {b: }}", "{\"a\":{\"b\":null}}"),
        ])
    func becomesJSON(yaml: String, json: String) throws {
        #expect(try YAMLReader.read(yaml)?.json == json)
    }

    @Test func linesAreThoseOfTheFile() throws {
        let value = try #require(try YAMLReader.read("# comment\na:\n  - x\n  - y: 1\n"))
        guard case .map(let entries) = value.content, case .list(let items) = entries[0].value.content else {
            Issue.record("\(value)")
            return
        }
        #expect(entries[0].line == 2)
        #expect(items.map(\.line) == [3, 4])
    }

    @Test func whatAnchorsRepeatIsLimited() {
        // Each line is ten of the line before: without a limit ten to the ninth values.
        var lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
        for level in 1...8 {
            let items = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            lines.append("a\(level): &a\(level) [\(items)]")
        }
        #expect(throws: YAMLReader.Failure.self) { try YAMLReader.read(lines.joined(separator: "\n")) }
    }

    @Test func whatIsNestedTooDeepIsRefused() {
        let text = String(repeating: "[", count: 200) + String(repeating: "]", count: 200)
        #expect(throws: YAMLReader.Failure.self) { try YAMLReader.read(text) }
    }
}
