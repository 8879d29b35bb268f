import Dataflow
import TestKit
import Testing

@testable import Execution

/// The search against a model of a job: splits with gaps, records that fail it, commits at any time.
struct QuarantineSearchTests {
    typealias Place = QuarantineSearch.Place

    private static func place(_ partition: Int) -> Place {
        Place(source: "source:t", split: SplitID(topic: "t", partition: Int32(partition)))
    }

    /// A job that reads within the bounds, commits now and then, and fails at a record of poison.
    private struct Model {
        var ends: [Place: Int64]
        var poison: Set<QuarantineSearch.Suspect>
        var position: [Place: Int64]
        var put: Set<QuarantineSearch.Suspect> = []
        var diesOfIt = false

        enum Result {
            case failed, reached, stalled
        }

        /// One attempt; commits are told to the search as they happen.
        mutating func run(_ search: inout QuarantineSearch, _ random: inout SeededRandom) -> (
            Result, QuarantineSearch.Step
        ) {
            var read = position
            let bounds = search.bounds
            while true {
                let open = read.keys.sorted().filter { read[$0]! < min(bounds[$0] ?? 0, ends[$0]!) }
                guard let place = open.randomElement(using: &random) else { break }
                let suspect = QuarantineSearch.Suspect(place: place, offset: read[place]!)
                if search.excluded[place]?[suspect.offset] != nil {
                    put.insert(suspect)
                } else if poison.contains(suspect) {
                    return (.failed, search.failed(byDeath: diesOfIt))
                }
                read[place]! += 1
                if Int.random(in: 0..<50, using: &random) == 0 {
                    position = read
                    let step = search.committed(read)
                    if step == .over || search.bounds != bounds { return (.reached, step) }
                }
            }
            if read != position {
                position = read
                let step = search.committed(read)
                if step == .over || search.bounds != bounds { return (.reached, step) }
            }
            return (.stalled, search.stalled())
        }
    }

    @Test(arguments: 0..<60)
    func everyBadRecordIsFoundAndNoOther(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let places = (0..<Int.random(in: 1...4, using: &random)).map(Self.place)
        var ends: [Place: Int64] = [:]
        var start: [Place: Int64] = [:]
        for place in places {
            start[place] = Int64.random(in: 0...1000, using: &random)
            ends[place] = start[place]! + Int64.random(in: 0...6000, using: &random)
        }
        var poison: Set<QuarantineSearch.Suspect> = []
        for _ in 0..<Int.random(in: 0...4, using: &random) {
            guard let place = places.randomElement(using: &random), ends[place]! > start[place]! else { continue }
            poison.insert(.init(place: place, offset: Int64.random(in: start[place]!..<ends[place]!, using: &random)))
        }
        var model = Model(ends: ends, poison: poison, position: start)
        model.diesOfIt = Bool.random(using: &random)
        // Ends that are known spare attempts; they are not needed.
        var search = QuarantineSearch(base: start, ends: Bool.random(using: &random) ? ends : [:])
        var blamed: Set<QuarantineSearch.Suspect> = []
        var isOver = false
        for _ in 0..<400 where !isOver {
            let (_, step) = model.run(&search, &random)
            switch step {
            case .run: break
            case .over: isOver = true
            case .found(let suspect):
                blamed.insert(suspect)
                search.exclude(suspect, because: "it is bad")
            }
        }
        #expect(isOver, "seed \(seed)")
        #expect(blamed == poison, "seed \(seed)")
        #expect(model.put == poison, "seed \(seed)")
    }

    @Test func splitsThatHaveEndedDoNotHideTheRecord() {
        let places = [Self.place(0), Self.place(1), Self.place(2)]
        let bad = QuarantineSearch.Suspect(place: places[2], offset: 90)
        var random = SeededRandom(seed: 1)
        var model = Model(
            ends: [places[0]: 0, places[1]: 5, places[2]: 100], poison: [bad],
            position: [places[0]: 0, places[1]: 0, places[2]: 0])
        var search = QuarantineSearch(base: model.position)
        for _ in 0..<60 {
            let (_, step) = model.run(&search, &random)
            if case .found(let found) = step {
                #expect(found == bad)
                return
            }
        }
        Issue.record("nothing was found")
    }

    @Test func deathsForOtherReasonsBlameNobody() {
        var search = QuarantineSearch(base: [Self.place(0): 0])
        for _ in 0..<6 {
            guard case .run = search.failed(byDeath: true) else {
                Issue.record("a record was blamed")
                return
            }
        }
        #expect(search.suspectCount == 1)
        #expect(search.committed([Self.place(0): 1]) == .run)
        #expect(search.failed(byDeath: true) == .run)
    }

    @Test func whatPassesAtOnceWasNoRecord() {
        var search = QuarantineSearch(base: [Self.place(0): 0], ends: [Self.place(0): 500])
        #expect(search.suspectCount == 500)
        #expect(search.committed([Self.place(0): 499]) == .run)
        #expect(search.committed([Self.place(0): 500]) == .over)
    }

    @Test func withoutANewRecordNoneIsToBlame() {
        var search = QuarantineSearch(base: [Self.place(0): 3], ends: [Self.place(0): 3])
        #expect(search.failed(byDeath: false) == .over)
    }

    @Test func whatWasPutAsideIsNotBlamedAgain() {
        var search = QuarantineSearch(base: [Self.place(0): 7], ends: [Self.place(0): 9])
        var step = QuarantineSearch.Step.run
        while step == .run { step = search.failed(byDeath: false) }
        let suspect = QuarantineSearch.Suspect(place: Self.place(0), offset: 7)
        #expect(step == .found(suspect))
        search.exclude(suspect, because: "bad")
        for _ in 1..<QuarantineSearch.requiredFailures { #expect(search.failed(byDeath: false) == .run) }
        #expect(search.failed(byDeath: false) == .over)
    }

    @Test func recordsAreTakenInTurnsAndNeverBeyondWhatHasFailed() {
        var search = QuarantineSearch(
            base: [Self.place(0): 0, Self.place(1): 100, Self.place(2): 0], ends: [Self.place(1): 110])
        #expect(search.suspectCount == QuarantineSearch.firstWidth)
        #expect(search.bounds[Self.place(1)] == 110)
        let failed = search.bounds
        _ = search.failed(byDeath: false)
        #expect(search.suspectCount == QuarantineSearch.firstWidth / 2)
        _ = search.committed(search.bounds)
        _ = search.committed(search.bounds)
        for (place, bound) in search.bounds { #expect(bound <= failed[place] ?? 0) }
    }
}
