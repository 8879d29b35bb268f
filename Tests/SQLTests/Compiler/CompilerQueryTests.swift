import Dataflow
import SQL
import Testing

/// Every file of `Queries/Plans` and `Queries/Errors` compiles to the expected explanation or errors.
struct CompilerQueryTests {
    static let compiler = SQLCompiler(
        catalog: .fake, environment: ["TOPIC": "plays"],
        optionOverrides: { table, _ in table == "overridden" ? ["topic": "other"] : [:] })

    @Test(arguments: QueryFile.all(in: "Plans"))
    func filesPlanAsExpected(file: QueryFile) throws {
        try file.expect(Self.output(of: file))
    }

    @Test(arguments: QueryFile.all(in: "Errors"))
    func filesFailAsExpected(file: QueryFile) throws {
        try file.expect(Self.output(of: file))
        #expect(!Self.compiler.check(file.text, fileName: file.name).isEmpty)
    }

    private static func output(of file: QueryFile) -> String {
        do throws(SQLErrors) {
            return try compiler.compile(file.text, fileName: file.name).explanation
        } catch {
            return error.description
        }
    }
}
