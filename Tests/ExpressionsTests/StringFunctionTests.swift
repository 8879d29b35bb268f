import Columnar
import Expressions
import Testing

/// One call with constants and what it gives.
struct FunctionExample: Sendable, CustomTestStringConvertible {
    var name: String
    var arguments: [ScalarValue]
    var expected: ScalarValue
    var unit: TimeUnit?

    init(_ name: String, _ arguments: [ScalarValue], _ expected: ScalarValue, unit: TimeUnit? = nil) {
        self.name = name
        self.arguments = arguments
        self.expected = expected
        self.unit = unit
    }

    var testDescription: String { "\(name)(\(arguments)) = \(expected)" }

    var expression: ScalarExpression {
        get throws {
            try FunctionRegistry.builtIn.call(name, arguments.map { ExpressionHarness.literal($0) }, unit: unit)
        }
    }
}

struct StringFunctionTests {
    typealias Harness = ExpressionHarness

    static func s(_ text: String) -> ScalarValue { .string(text) }

    static let examples: [FunctionExample] = [
        .init("CHAR_LENGTH", [s("héllo")], .int(5)), .init("CHARACTER_LENGTH", [s("")], .int(0)),
        .init("OCTET_LENGTH", [s("héllo")], .int(6)), .init("CHAR_LENGTH", [.null], .null),
        .init("UPPER", [s("abcé1")], s("ABCÉ1")), .init("LOWER", [s("ABCÉ1")], s("abcé1")),
        .init("UPPER", [s("straße")], s("STRASSE")), .init("UPPER", [s("az{`")], s("AZ{`")),
        .init("INITCAP", [s("hello wORLD-foo 2bar")], s("Hello World-Foo 2bar")),
        .init("TRIM", [s("  a b ")], s("a b")), .init("LTRIM", [s("  a ")], s("a ")),
        .init("RTRIM", [s(" a  ")], s(" a")), .init("BTRIM", [s("xyaxy"), s("xy")], s("a")),
        .init("BTRIM", [s("ééaé"), s("é")], s("a")), .init("TRIM", [s("   ")], s("")),
        .init("LTRIM", [s("xxa"), s("")], s("xxa")),
        .init("SUBSTRING", [s("héllo"), .int(2), .int(3)], s("éll")),
        .init("SUBSTR", [s("hello"), .int(-3)], s("llo")), .init("SUBSTR", [s("hello"), .int(0), .int(2)], s("he")),
        .init("SUBSTR", [s("hello"), .int(9)], s("")), .init("SUBSTR", [s("hello"), .int(1), .int(-1)], .null),
        .init("SUBSTR", [s("hello"), .int(-9), .int(2)], s("")),
        .init("SUBSTR", [s("日本語"), .int(-2), .int(1)], s("本")),
        .init("SUBSTR", [s("hello"), .bigint(.max)], s("")), .init("SUBSTR", [s("hello"), .bigint(.min)], s("")),
        .init("LEFT", [s("héllo"), .int(2)], s("hé")), .init("RIGHT", [s("héllo"), .int(4)], s("éllo")),
        .init("LEFT", [s("abc"), .int(-1)], s("")), .init("RIGHT", [s("abc"), .int(9)], s("abc")),
        .init("CONCAT", [s("a"), s("b"), s("c")], s("abc")), .init("CONCAT", [s("a"), .null], .null),
        .init("||", [s("a"), s("b")], s("ab")),
        .init("CONCAT_WS", [s("-"), s("a"), .null, s("c")], s("a-c")), .init("CONCAT_WS", [.null, s("a")], .null),
        .init("REPLACE", [s("banana"), s("an"), s("AN!")], s("bAN!AN!a")),
        .init("REPLACE", [s("banana"), s(""), s("x")], s("banana")),
        .init("REPLACE", [s("aaa"), s("aa"), s("")], s("a")),
        .init("OVERLAY", [s("abcdef"), s("XY"), .int(3)], s("abXYef")),
        .init("OVERLAY", [s("abcdef"), s("XY"), .int(3), .int(0)], s("abXYcdef")),
        .init("OVERLAY", [s("abcdef"), s("XY"), .int(9)], s("abcdef")),
        .init("POSITION", [s("l"), s("héllo")], .int(3)), .init("LOCATE", [s("l"), s("hello"), .int(4)], .int(4)),
        .init("INSTR", [s("hello"), s("lo")], .int(4)), .init("LOCATE", [s("x"), s("hello")], .int(0)),
        .init("LOCATE", [s(""), s("hello")], .int(1)), .init("LOCATE", [s("h"), s("hello"), .int(0)], .int(0)),
        .init("LPAD", [s("5"), .int(3), s("0")], s("005")), .init("RPAD", [s("ab"), .int(7), s("xyz")], s("abxyzxy")),
        .init("LPAD", [s("hello"), .int(2), s("x")], s("he")), .init("LPAD", [s("a"), .int(-1), s("x")], .null),
        .init("RPAD", [s("a"), .int(3), s("")], .null), .init("LPAD", [s("a"), .int(3), s("é")], s("ééa")),
        .init("REVERSE", [s("héllo")], s("olléh")), .init("REPEAT", [s("ab"), .int(3)], s("ababab")),
        .init("REPEAT", [s("ab"), .int(-1)], s("")), .init("ASCII", [s("A1")], .int(65)),
        .init("ASCII", [s("")], .int(0)), .init("CHR", [.int(97)], s("a")), .init("CHR", [.int(256 + 98)], s("b")),
        .init("CHR", [.int(233)], s("é")),
        .init("SPLIT_INDEX", [s("a,b,,d"), s(","), .int(1)], s("b")),
        .init("SPLIT_INDEX", [s("a,b,,d"), s(","), .int(2)], s("")),
        .init("SPLIT_INDEX", [s("a,b"), s(","), .int(2)], .null),
        .init("SPLIT_INDEX", [s("a"), s(","), .int(-1)], .null),
        .init("STARTSWITH", [s("hello"), s("he")], .boolean(true)),
        .init("STARTSWITH", [s("he"), s("hello")], .boolean(false)),
        .init("ENDSWITH", [s("hello"), s("llo")], .boolean(true)),
        .init("ENDSWITH", [s("hello"), s("")], .boolean(true)),
        .init("TO_BASE64", [s("hello")], s("aGVsbG8=")), .init("FROM_BASE64", [s("aGVsbG8=")], s("hello")),
        .init("TO_BASE64", [s("")], s("")), .init("FROM_BASE64", [s("a*b")], .null),
        .init("HEX", [.int(255)], s("FF")), .init("HEX", [.int(-1)], s("FFFFFFFFFFFFFFFF")),
        .init("HEX", [.int(0)], s("0")),
        .init("HEX", [s("hé")], s("68C3A9")),
    ]

    @Test(arguments: examples)
    func functionGivesWhatTheExampleSays(_ example: FunctionExample) throws {
        #expect(try Harness.constant(try example.expression) == example.expected)
    }

    static let patterns: [(String, String, Bool)] = [
        ("hello", "hello", true), ("hello", "h%", true), ("hello", "%llo", true), ("hello", "%ell%", true),
        ("hello", "h_llo", true), ("hello", "h_lo", false), ("héllo", "h_llo", true), ("hello", "%", true),
        ("", "%", true), ("", "_", false), ("", "", true), ("a", "", false), ("hello", "h%l%o", true),
        ("hello", "h%x%o", false), ("abcabc", "%abc", true), ("abab", "ab%ab", true), ("aba", "ab%ba", false),
        ("日本語", "__語", true), ("日本語", "%_本_%", true), ("aXbXc", "a%X_", true), ("axxb", "a%_b", true),
        ("ab", "a%_b", false), ("ab", "a%%b", true), ("mississippi", "m%iss%ip%i", true), ("ab", "_%_", true),
        ("a", "_%_", false), ("hello", "%%", true), ("a\nb", "a_b", true), ("xay", "%a", false),
    ]

    @Test(arguments: patterns)
    func likeMatchesWholeTexts(_ text: String, _ pattern: String, _ expected: Bool) throws {
        let constant = try ScalarExpression.like(Harness.column("s"), .literal(.string(pattern)))
        let dynamic = try ScalarExpression.like(Harness.column("s"), Harness.column("t"))
        let columns: [String: [ScalarValue]] = [
            "s": [.string(text), .null, .string(text)], "t": [.string(pattern), .string(pattern), .null],
        ]
        #expect(try Harness.evaluate(constant, columns) == [.boolean(expected), .null, .boolean(expected)])
        #expect(try Harness.evaluate(dynamic, columns) == [.boolean(expected), .null, .null])
    }

    @Test func likeTakesAnEscapeCharacter() throws {
        let escaped = try ScalarExpression.like(Harness.column("s"), .literal(.string("50!%!_!!")), escape: "!")
        #expect(
            try Harness.evaluate(escaped, ["s": [.string("50%_!"), .string("50x_!")]])
                == [.boolean(true), .boolean(false)])
        #expect(throws: ExpressionError.self) {
            try CompiledProjection([.like(Harness.column("s"), .literal(.string("a!b")), escape: "!")])
        }
    }

    @Test func aTooLongTextFailsItsRow() throws {
        let text = try FunctionRegistry.builtIn.call("REPEAT", [Harness.column("s"), Harness.column("a")])
        let batch = Harness.batch(["s": [.string("ab"), .string("ab")], "a": [.bigint(1), .bigint(1 << 40)]])
        let errors = RowErrors()
        _ = try CompiledProjection([text]).evaluate(batch, Harness.context, errors: errors)
        #expect(errors.failures.map { $0.row } == [1])
        #expect(errors.failures.map { $0.code } == [.argumentOutOfRange])
    }

    @Test func aViewOutlivesTheBatchThatFollows() throws {
        // TRIM of a computed text points into an arena of the program: the next batch must not overwrite it.
        let expression = try FunctionRegistry.builtIn.call(
            "TRIM", [FunctionRegistry.builtIn.call("UPPER", [Harness.column("s")])])
        let projection = try CompiledProjection([expression])
        let first = try projection.evaluate(Harness.batch(["s": [.string(" abc ")]]), Harness.context)[0]
        _ = try projection.evaluate(Harness.batch(["s": [.string(" xyzxyz ")]]), Harness.context)
        #expect(first.value(0, .string) == .string("ABC"))
    }
}
