import SQL
import Testing

struct SubstitutionTests {
    private func substitute(_ text: String, _ environment: [String: String]) -> (text: String, errors: [SQLError]) {
        let (source, errors) = SourceText.substituting(text, fileName: "job.sql", environment: environment)
        return (source.text(of: SourceRange(start: 0, end: .max)), errors)
    }

    @Test func variablesAndDefaultsAreReplaced() {
        let result = substitute("a ${X} ${Y:-two} ${Z:-} $${X}", ["X": "one", "Z": "three"])
        #expect(result.text == "a one two three ${X}")
        #expect(result.errors.isEmpty)
    }

    @Test func valuesCannotEndTheLiteralTheyStandIn() {
        #expect(substitute("'${X}'", ["X": "a'b"]).text == "'a''b'")
        #expect(substitute("`${X}`", ["X": "a`b"]).text == "`a``b`")
    }

    @Test func commentsAreLeftAlone() {
        let text = "-- ${X}\n/* ${X} */ '--${X}'"
        #expect(substitute(text, ["X": "1"]).text == "-- ${X}\n/* ${X} */ '--1'")
    }

    @Test func anUndefinedVariableIsAnErrorWithItsPlaceAndTheNearestName() {
        let errors = substitute("a\n  '${HOTS}'", ["HOST": "h"]).errors
        #expect(errors.map(\.code) == [.undefinedVariable])
        #expect(errors.first?.location.line == 2)
        #expect(errors.first?.location.column == 4)
        #expect(errors.first?.hint == "did you mean 'HOST'?")
    }

    @Test func errorsBehindAReplacementPointIntoTheTextAsWritten() {
        let (source, _) = SourceText.substituting(
            "SET '${X}' 'x'; 1", fileName: "job.sql", environment: ["X": "a long value\nof two lines"])
        let errors = Parser.parse(source).errors
        #expect(errors.map(\.location.column) == [12, 17])
        #expect(errors.allSatisfy { $0.location.line == 1 })
    }

    @Test func valuesNeverAppearInErrors() {
        let (source, _) = SourceText.substituting(
            "INSERT INTO t SELECT a '${SECRET}'", fileName: "job.sql", environment: ["SECRET": "hunter2"])
        let errors = Parser.parse(source).errors
        #expect(errors.count == 1)
        #expect(!errors.contains { $0.description.contains("hunter2") })
    }
}
