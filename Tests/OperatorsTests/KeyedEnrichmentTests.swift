import Columnar
import Dataflow
import Operators
import TestKit
import Testing

struct KeyedEnrichmentTests {
    private let plays = Films.plays
    private let films = Films.films

    @Test func leftRowsAreNotTakenBeforeTheTableIsLoaded() throws {
        let harness = try makeHarness(.left)
        let tested = harness.operators[0]
        #expect(!tested.accepts(input: 0))
        #expect(tested.accepts(input: 1))
        try harness.process([["up", "Up"]], of: films, input: 1)
        #expect(!tested.accepts(input: 0))
        try tested.caughtUp(input: 1, collector: harness.collector)
        #expect(tested.accepts(input: 0))
    }

    @Test func leftRowsTakeTheCurrentRow() throws {
        let harness = try makeHarness(.left)
        try harness.process([["up", "Up"], ["wall-e", "WALL-E"]], of: films, input: 1)
        try harness.operators[0].caughtUp(input: 1, collector: harness.collector)
        try harness.process([[1, "up", "tv", 5], [1, "cars", "tv", 5], [1, nil, "tv", 5]], of: plays)
        try harness.process([TestRow(["up", "Up!"], kind: .updateAfter)], of: films, input: 1)
        try harness.process([[2, "up", "tv", 5]], of: plays)
        try harness.process([TestRow(["up", nil], kind: .delete)], of: films, input: 1)
        try harness.process([[3, "up", "tv", 5]], of: plays)
        #expect(
            harness.collector.rows == [
                [1, "up", "tv", 5, "up", "Up"], [1, "cars", "tv", 5, nil, nil], [1, nil, "tv", 5, nil, nil],
                [2, "up", "tv", 5, "up", "Up!"], [3, "up", "tv", 5, nil, nil],
            ])
    }

    @Test func anInnerJoinLeavesOutWhatHasNoRow() throws {
        let harness = try makeHarness(.inner)
        try harness.process([["up", "Up"]], of: films, input: 1)
        try harness.operators[0].caughtUp(input: 1, collector: harness.collector)
        try harness.process([[1, "cars", "tv", 5], [1, "up", "tv", 6]], of: plays, shape: .selected)
        #expect(harness.collector.rows == [[1, "up", "tv", 6, "up", "Up"]])
    }

    @Test func kindsOfLeftRowsAreKept() throws {
        let harness = try makeHarness(.left)
        try harness.operators[0].caughtUp(input: 1, collector: harness.collector)
        try harness.process([TestRow([1, "up", "tv", 5], kind: .delete)], of: plays)
        #expect(harness.collector.rows == [TestRow([1, "up", "tv", 5, nil, nil], kind: .delete)])
    }

    /// Against a dictionary, with a restore into another parallelism after every step.
    @Test func agreesWithADictionaryAcrossRestores() throws {
        for seed in UInt64(1)...5 {
            var random = SeededRandom(seed: seed)
            var image = StateImage()
            var titles: [Int64: String] = [:]
            for step in 0..<12 {
                let harness = try makeHarness(.left, parallelism: step % 3 + 1, image)
                for tested in harness.operators { try tested.caughtUp(input: 1, collector: harness.collector) }
                for _ in 0..<3 {
                    let changes: [TestRow] = (0..<40).map { _ in
                        let film = Int64.random(in: 0..<100, using: &random)
                        let title = random.happens(0.3) ? nil : "title \(Int.random(in: 0..<1000, using: &random))"
                        titles[film] = title
                        return TestRow(
                            [.text("film \(film)"), title.map { .text($0) } ?? nil],
                            kind: title == nil ? .delete : .updateAfter)
                    }
                    try harness.process(changes, of: films, input: 1)
                    let slice = Int.random(in: 0..<100, using: &random)
                    harness.checkpoint(into: &image, full: slice..<(slice + 20))
                }
                let asked = (Int64(0)..<100)
                try harness.process(asked.map { [.integer($0), .text("film \($0)"), nil, nil] }, of: plays)
                let found = Dictionary(
                    uniqueKeysWithValues: harness.collector.rows.map { ($0.values[0], $0.values[5]) })
                let wanted = Dictionary(
                    uniqueKeysWithValues: asked.map {
                        (TestValue.integer($0), titles[$0].map { TestValue.text($0) } ?? nil)
                    })
                #expect(found == wanted, "seed \(seed), step \(step)")
            }
        }
    }

    private func makeHarness(
        _ kind: JoinKind, parallelism: Int = 1, _ image: StateImage = StateImage()
    ) throws -> OperatorHarness {
        let factory = KeyedEnrichmentFactory(
            join: JoinSpec(kind: kind, left: plays, right: films, leftKeys: [1], rightKeys: [0]))
        return try OperatorHarness(factory, keys: [0: [1], 1: [0]], parallelism: parallelism, image: image)
    }
}
