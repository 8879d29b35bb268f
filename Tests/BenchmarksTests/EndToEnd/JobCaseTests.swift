import Testing

@testable import Benchmarks

@Suite struct JobCaseTests {
    @Test func noWordChoosesTheWholeMatrix() throws {
        let cases = try JobCase.chosen(by: "")
        #expect(Set(cases) == Set(JobCase.matrix))
        #expect(cases.count == 4 * (2 * 2 + 1) * 2)
    }

    @Test func wordsOfEachKindChooseOne() throws {
        let cases = try JobCase.chosen(by: "filter, kafka, exactly-once, p2")
        #expect(
            cases == [JobCase(job: .filter, target: .kafka, guarantee: .exactlyOnce, parallelism: 2)])
    }

    @Test func severalWordsOfAKindChooseAny() throws {
        let cases = try JobCase.chosen(by: "filter,as-of-join,blackhole,at-least-once,p4")
        #expect(cases.map(\.name) == ["filter to blackhole, p4", "as-of-join to blackhole, p4"])
    }

    @Test func aWordOfNoKindIsAnError() {
        #expect(throws: (any Error).self) { try JobCase.chosen(by: "filter,kafak") }
    }
}
