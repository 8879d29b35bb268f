import Columnar
import Expressions
import TestKit
import Testing

/// Random patterns against matchers that try everything.
struct PatternOracleTests {
    typealias Harness = ExpressionHarness

    private func text(_ random: inout SeededRandom, _ alphabet: [Character], _ limit: Int) -> String {
        String(
            (0..<Int.random(in: 0...limit, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? "a" })
    }

    /// LIKE by trying every length for every `%`.
    private func matches(_ text: ArraySlice<Character>, _ pattern: ArraySlice<Character>) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        let rest = pattern.dropFirst()
        switch first {
        case "%": return (text.startIndex...text.endIndex).contains { matches(text[$0...], rest) }
        case "_": return !text.isEmpty && matches(text.dropFirst(), rest)
        default: return text.first == first && matches(text.dropFirst(), rest)
        }
    }

    @Test func likeAgreesWithTryingEverything() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededRandom(seed: seed)
        for _ in 0..<300 {
            let pattern = text(&random, ["a", "b", "%", "_", "é"], 6)
            let texts = (0..<20).map { _ in text(&random, ["a", "b", "é"], 7) }
            let like = try ScalarExpression.like(Harness.column("s"), .literal(.string(pattern)))
            let results = try Harness.evaluate(like, ["s": texts.map { .string($0) }])
            for (text, result) in zip(texts, results) {
                let expected = matches(Array(text)[...], Array(pattern)[...])
                #expect(result == .boolean(expected), "seed \(seed): '\(text)' LIKE '\(pattern)'")
            }
        }
    }

    private func pattern(_ random: inout SeededRandom, _ depth: Int) -> String {
        let atoms = ["a", "b", "c", ".", "[ab]", "[^a]", "\\w", "\\d", "\\b", "(?:ab)"]
        var result = ""
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            switch Int.random(in: 0..<5, using: &random) {
            case 0 where depth > 0:
                result += "(\(pattern(&random, depth - 1))|\(pattern(&random, depth - 1)))"
            case 1 where depth > 0:
                let quantifiers = ["*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}"]
                // Repeating what may be empty is where engines differ.
                result += "(?:[abc]\(pattern(&random, depth - 1)))" + (quantifiers.randomElement(using: &random) ?? "*")
            default:
                let atom = atoms.randomElement(using: &random) ?? "a"
                result += atom
                if atom != "\\b", Bool.random(using: &random) {
                    result += ["*", "+", "?", "+?"].randomElement(using: &random) ?? "*"
                }
            }
        }
        return result
    }

    @Test func regularExpressionsAgreeWithTheStandardLibrary() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededRandom(seed: seed)
        for _ in 0..<100 {
            let pattern = pattern(&random, 2)
            let oracle = try Regex(pattern).matchingSemantics(.unicodeScalar).wordBoundaryKind(.simple)
            let texts = (0..<8).map { _ in text(&random, ["a", "b", "c", " "], 8) }
            let call = try FunctionRegistry.builtIn.call(
                "REGEXP_EXTRACT", [Harness.column("s"), .literal(.string(pattern))])
            let results = try Harness.evaluate(call, ["s": texts.map { .string($0) }])
            for (text, result) in zip(texts, results) {
                let expected = try oracle.firstMatch(in: text).map { ScalarValue.string(String(text[$0.range])) }
                #expect(result == expected ?? .null, "seed \(seed): '\(pattern)' in '\(text)'")
            }
        }
    }
}
