import SQL
import Testing

/// Every file of `Queries/Syntax` is printed as parsed, or its errors are.
struct SyntaxQueryTests {
    private static let environment = ["TOPIC": "plays", "QUOTED": "it's", "BROKER_URL": "localhost:9092"]

    @Test(arguments: QueryFile.all(in: "Syntax"))
    func filesParseAsExpected(file: QueryFile) throws {
        try file.expect(Self.output(of: file.text, name: file.name))
    }

    @Test(arguments: QueryFile.all(in: "Syntax"))
    func whatIsPrintedParsesToTheSameStatements(file: QueryFile) {
        let printed = Self.parse(file.text, name: file.name).statements.map { "\($0);" }.joined(separator: "\n")
        let again = Self.parse(printed.replacing("${", with: "$${"), name: file.name)
        #expect(again.errors.isEmpty)
        #expect(again.statements.map { "\($0);" }.joined(separator: "\n") == printed)
    }

    private static func parse(_ text: String, name: String) -> (statements: [StatementSyntax], errors: [SQLError]) {
        let (source, substitutionErrors) = SourceText.substituting(text, fileName: name, environment: environment)
        let result = Parser.parse(source)
        return (result.statements, substitutionErrors + result.errors)
    }

    private static func output(of text: String, name: String) -> String {
        let (statements, errors) = parse(text, name: name)
        let printed = statements.map { "\($0);" }
        let failures = errors.isEmpty ? [] : [SQLErrors(errors).description]
        return (printed + failures).joined(separator: "\n\n")
    }
}
