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

    static let digests: [FunctionExample] = [
        .init("MD5", [s("")], s("d41d8cd98f00b204e9800998ecf8427e")),
        .init("MD5", [s("The quick brown fox jumps over the lazy dog")], s("9e107d9d372bb6826bd81d3542a419d6")),
        .init("SHA1", [s("abc")], s("a9993e364706816aba3e25717850c26c9cd0d89d")),
        .init("SHA224", [s("abc")], s("23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7")),
        .init("SHA256", [s("abc")], s("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")),
        .init(
            "SHA2", [s("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"), .int(256)],
            s("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")),
        .init("MD5", [s(String(repeating: "a", count: 64))], s("014842d480b571495a4a0363793f7367")),
    ]

    static let expressions: [FunctionExample] = [
        .init("REGEXP_EXTRACT", [s("foothebar"), s("foo(.*?)(bar)"), .int(2)], s("bar")),
        .init("REGEXP_EXTRACT", [s("foothebar"), s("foo(.*?)(bar)"), .int(1)], s("the")),
        .init("REGEXP_EXTRACT", [s("foothebar"), s("foo(.*?)(bar)")], s("foothebar")),
        .init("REGEXP_EXTRACT", [s("foothebar"), s("foo(.*?)(bar)"), .int(3)], .null),
        .init("REGEXP_EXTRACT", [s("abc"), s("x")], .null), .init("REGEXP_EXTRACT", [s("aaa"), s("a+?")], s("a")),
        .init("REGEXP_EXTRACT", [s("aaa"), s("a+")], s("aaa")), .init("REGEXP_EXTRACT", [s("ab"), s("a|ab")], s("a")),
        .init("REGEXP_EXTRACT", [s("id=42;"), s("id=(\\d+)"), .int(1)], s("42")),
        .init("REGEXP_EXTRACT", [s("a1b22"), s("[a-z]\\d{2}")], s("b22")),
        .init("REGEXP_EXTRACT", [s("日本語"), s("[本-語]+")], s("本語")),
        .init("REGEXP_EXTRACT", [s("x(y)"), s("\\((.)\\)"), .int(1)], s("y")),
        .init("REGEXP_EXTRACT", [s("abab"), s("^(?:ab){2}$")], s("abab")),
        .init("REGEXP_EXTRACT", [s("HeLLo"), s("(?i)hel+[N-P]")], s("HeLLo")),
        .init("REGEXP_EXTRACT", [s("aab"), s("(a)|(b)"), .int(2)], .null),
        .init("REGEXP_REPLACE", [s("foobar"), s("oo|ar"), s("__")], s("f__b__")),
        .init("REGEXP_REPLACE", [s("a  b   c"), s("\\s+"), s(" ")], s("a b c")),
        .init("REGEXP_REPLACE", [s("abc"), s("x*"), s("-")], s("-a-b-c-")),
        .init("REGEXP_REPLACE", [s("abc"), s("b"), s("$1\\")], s("a$1\\c")),
        .init("REGEXP_REPLACE", [s("one two"), s("\\b(.)"), s("*")], s("*ne**wo")),
        .init("REGEXP", [s("hello"), s("l{2}")], .boolean(true)),
        .init("REGEXP", [s("hello"), s("^l")], .boolean(false)),
        .init("REGEXP", [s("a\nb"), s("a.b")], .boolean(false)),
        .init("REGEXP", [s("a-b"), s("[^\\w]")], .boolean(true)),
        .init("REGEXP", [s("]"), s("[]]")], .boolean(true)), .init("REGEXP", [.null, s("a")], .null),
    ]

    @Test(arguments: [
        "(a", "a)", "[a", "*a", "a{2,1}", "(?=a)", "\\1", "a++", "\\k", "a{1001}", "(a{1000}){1000}", "a\\",
    ])
    func aRegularExpressionThatIsNotSupportedIsRefused(_ pattern: String) throws {
        let call = try FunctionRegistry.builtIn.call("REGEXP", [Harness.column("s"), .literal(.string(pattern))])
        let error = #expect(throws: ExpressionError.self) { try CompiledProjection([call]) }
        #expect(error?.code == .invalidArgument)
        let dynamic = try FunctionRegistry.builtIn.call("REGEXP", [Harness.column("s"), Harness.column("t")])
        #expect(try Harness.evaluate(dynamic, ["s": [.string("a")], "t": [.string(pattern)]]) == [.null])
    }

    @Test(.timeLimit(.minutes(5))) func noTextMakesARegularExpressionSlow() throws {
        let text = String(repeating: "a", count: 5000)
        let call = try FunctionRegistry.builtIn.call(
            "REGEXP", [.literal(.string(text)), .literal(.string("^(a+)+(a*)*b$"))])
        #expect(try Harness.constant(call) == .boolean(false))
    }

    @Test(arguments: examples + digests + expressions)
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
