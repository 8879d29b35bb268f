import Columnar
import Operators
import StateBackends
import TestKit

/// Something that arrives at a temporal join.
enum JoinEvent: CustomStringConvertible {
    case play(TestRow)
    case rating(TestRow)
    case watermark(Int64)

    var description: String {
        switch self {
        case .play(let row): "play \(row)"
        case .rating(let row): "rating \(row)"
        case .watermark(let time): "watermark \(time)"
        }
    }
}

/// A sequence of arrivals, and what must come out of it.
struct TemporalJoinScript {
    var events: [JoinEvent]

    /// Random plays and ratings of few keys, out of order; `lateShare` of them come after the watermark has passed
    /// them, by less than the retention of 200.
    init(_ random: inout SeededRandom, count: Int, lateShare: Double) {
        events = []
        var watermark: Int64 = 0
        for number in 0..<count {
            let isLate = random.happens(lateShare)
            let time =
                isLate
                ? watermark - Int64.random(in: 0..<150, using: &random)
                : watermark + 1 + Int64.random(in: 0..<60, using: &random)
            let key: [TestValue] = [
                random.happens(0.03) ? nil : .integer(Int64.random(in: 0..<6, using: &random)),
                ["up", "a film with quite a long name"][Int.random(in: 0..<2, using: &random)],
            ]
            if random.happens(0.5) {
                events.append(
                    .play(TestRow(key + [.text("play \(number)"), random.happens(0.03) ? nil : .integer(time)])))
            } else {
                let kind: RowKind = random.happens(0.2) ? .delete : random.happens(0.1) ? .updateBefore : .updateAfter
                events.append(
                    .rating(
                        TestRow(
                            key + [.double(Double(number)), random.happens(0.03) ? nil : .integer(time)], kind: kind)))
            }
            if random.happens(0.1) {
                watermark += Int64.random(in: 1..<80, using: &random)
                events.append(.watermark(watermark))
            }
        }
    }

    init(_ events: [JoinEvent]) {
        self.events = events
    }

    /// Every play with its rating, recomputed from scratch: the newest one at or before it among those that had arrived
    /// when the play was answered.
    func expected(_ kind: JoinKind, retention: Int64) -> [TestRow] {
        events.indices.compactMap { index in
            guard case .play(let play) = events[index] else { return nil }
            let rating = rating(for: play, arrivedAt: index, retention: retention)
            if rating == nil && kind == .inner { return nil }
            return TestRow(play.values + (rating?.values ?? [nil, nil, nil, nil]))
        }
    }

    private func rating(for play: TestRow, arrivedAt index: Int, retention: Int64) -> TestRow? {
        guard case .integer(let time) = play.values[3], !play.values[..<2].contains(nil) else { return nil }
        let watermark = events[..<index].reduce(Int64.min) { if case .watermark(let time) = $1 { time } else { $0 } }
        if time <= watermark && time < watermark - retention { return nil }
        var answered = index
        if time > watermark {
            answered =
                events.indices.first { later in
                    if later > index, case .watermark(let passed) = events[later] { passed >= time } else { false }
                } ?? events.count
        }
        var newest: (time: Int64, row: TestRow)?
        for case .rating(let rating) in events[..<answered] {
            guard rating.kind != .updateBefore, rating.values[..<2] == play.values[..<2],
                case .integer(let from) = rating.values[3], from <= time, from >= newest?.time ?? .min
            else { continue }
            newest = (from, rating)
        }
        guard let newest, newest.row.kind != .delete else { return nil }
        return newest.row
    }

    /// Runs events `range` in batches of random size.
    func run(_ range: Range<Int>, on harness: OperatorHarness, _ random: inout SeededRandom) throws {
        var plays: [TestRow] = []
        var ratings: [TestRow] = []
        func flush() throws {
            let shape: TestBatchShape = random.happens(0.5) ? .dense : .selected
            if !ratings.isEmpty { try harness.process(ratings, of: Films.ratings, input: 1, shape: shape) }
            if !plays.isEmpty { try harness.process(plays, of: Films.plays, input: 0, shape: shape) }
            ratings = []
            plays = []
        }
        for event in events[range] {
            switch event {
            case .play(let row): plays.append(row)
            // What a late play sees depends on what came before it: ratings after plays start a new batch.
            case .rating(let row):
                if !plays.isEmpty { try flush() }
                ratings.append(row)
            case .watermark(let time):
                try flush()
                try harness.advance(to: time)
            }
            if random.happens(0.1) { try flush() }
        }
        try flush()
    }

    /// The last watermark before an event.
    func watermark(before index: Int) -> Int64? {
        var last: Int64?
        for case .watermark(let time) in events[..<index] { last = time }
        return last
    }
}
