import Columnar
import Operators
import TestKit
import Testing

/// The temporal join against a recomputation from scratch.
struct TemporalJoinOracleTests {
    private static let retention: Int64 = 200

    @Test(arguments: [JoinKind.left, .inner], [1, 2])
    func everyPlayHasItsRating(kind: JoinKind, parallelism: Int) throws {
        for seed in UInt64(1)...12 {
            var random = SeededRandom(seed: seed)
            let script = TemporalJoinScript(&random, count: 300, lateShare: seed % 3 == 0 ? 0 : 0.15)
            let harness = try makeHarness(kind, parallelism)
            try script.run(script.events.indices, on: harness, &random)
            try harness.finish()
            expectSame(harness.collector.rows, script.expected(kind, retention: Self.retention), "seed \(seed)")
        }
    }

    /// The same records over the same partitions, whichever comes first, give the same result where nothing is late.
    @Test func theOrderOfArrivalDoesNotMatter() throws {
        for seed in UInt64(1)...6 {
            var random = SeededRandom(seed: seed)
            let script = TemporalJoinScript(&random, count: 200, lateShare: 0)
            let reference = script.expected(.left, retention: Self.retention)
            for order in 0..<4 {
                let shuffled = reordered(script, &random)
                let harness = try makeHarness(.left, order % 2 + 1)
                try shuffled.run(shuffled.events.indices, on: harness, &random)
                try harness.finish()
                #expect(harness.lateRows(input: 0) + harness.lateRows(input: 1) == 0, "seed \(seed), order \(order)")
                expectSame(harness.collector.rows, reference, "seed \(seed), order \(order)")
            }
        }
    }

    /// Stopped and restored at every position, from a chain of changes and full slices, with the parallelism going 1,
    /// 2, 1, ...
    @Test func aRestoreAnywhereGoesOnAsIfNothingHadHappened() throws {
        for seed in UInt64(1)...2 {
            var random = SeededRandom(seed: seed)
            let script = TemporalJoinScript(&random, count: 45, lateShare: 0.15)
            let expected = script.expected(.left, retention: Self.retention)
            for position in script.events.indices {
                let rows = try runWithRestores(script, at: position, &random)
                expectSame(rows, expected, "seed \(seed), restored at \(position)")
            }
        }
    }

    private func runWithRestores(
        _ script: TemporalJoinScript, at position: Int, _ random: inout SeededRandom
    ) throws -> [TestRow] {
        var image = StateImage()
        var rows: [TestRow] = []
        var start = 0
        let end = script.events.count
        let middle = (position + end) / 2
        for (part, stop) in [position, middle, end].enumerated() {
            let harness = try makeHarness(.left, part % 2 + 1, image)
            // The restored splits know their watermarks.
            if let watermark = script.watermark(before: start) { try harness.advance(to: watermark) }
            while start < stop {
                let next = Swift.min(stop, start + Int.random(in: 1...20, using: &random))
                try script.run(start..<next, on: harness, &random)
                start = next
                let slice = Int.random(in: 0..<128, using: &random)
                harness.checkpoint(into: &image, full: slice..<Swift.min(128, slice + 40))
            }
            if stop == end { try harness.finish() }
            rows += harness.collector.rows
        }
        return rows
    }

    /// Other interleavings of the keys, each key's events in their order, and watermarks that nothing is behind.
    private func reordered(_ script: TemporalJoinScript, _ random: inout SeededRandom) -> TemporalJoinScript {
        var queues: [[TestValue]: [JoinEvent]] = [:]
        for event in script.events {
            if let row = event.row { queues[Array(row.values[..<2]), default: []].append(event) }
        }
        var parts = queues.sorted { "\($0.key)" < "\($1.key)" }.map { ArraySlice($0.value) }
        var events: [JoinEvent] = []
        while !parts.isEmpty {
            let part = Int.random(in: parts.indices, using: &random)
            let count = Int.random(in: 1...10, using: &random)
            events += parts[part].prefix(count)
            parts[part] = parts[part].dropFirst(count)
            if parts[part].isEmpty { parts.remove(at: part) }
        }
        return TemporalJoinScript(withWatermarks(events, &random))
    }

    private func withWatermarks(_ events: [JoinEvent], _ random: inout SeededRandom) -> [JoinEvent] {
        var result: [JoinEvent] = []
        for (index, event) in events.enumerated() {
            result.append(event)
            let least = events[(index + 1)...].compactMap(\.time).min()
            if let least, random.happens(0.1) { result.append(.watermark(least - 1)) }
        }
        return result
    }

    private func makeHarness(
        _ kind: JoinKind, _ parallelism: Int, _ image: StateImage = StateImage()
    ) throws -> OperatorHarness {
        try OperatorHarness(
            Films.temporalJoin(kind, retention: Self.retention), keys: Films.joinKeys, parallelism: parallelism,
            image: image)
    }

    private func expectSame(_ rows: [TestRow], _ expected: [TestRow], _ place: Comment) {
        let found = rows.map(\.description).sorted()
        let wanted = expected.map(\.description).sorted()
        #expect(found == wanted, place)
    }
}

extension JoinEvent {
    fileprivate var row: TestRow? {
        switch self {
        case .play(let row), .rating(let row): row
        case .watermark: nil
        }
    }

    fileprivate var time: Int64? {
        if let row, case .integer(let time) = row.values[3] { return time }
        return nil
    }
}
