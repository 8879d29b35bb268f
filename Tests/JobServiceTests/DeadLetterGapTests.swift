import Dataflow
import Testing

@testable import JobService

/// What a dead letter says that it lacks.
struct DeadLetterGapTests {
    private let cuts = [
        DeadLetterGap.Cut(column: "raw_key", keptCount: 0, wholeCount: 7),
        DeadLetterGap.Cut(column: "raw_value", keptCount: 750_000, wholeCount: 900_000),
    ]

    @Test func aMarkGivesTheGapBack() {
        for gap in [
            DeadLetterGap(), DeadLetterGap(cuts: cuts), DeadLetterGap(holdsRow: true),
            DeadLetterGap(cuts: [cuts[1]], holdsRow: true),
        ] {
            for message in ["", "it ends early", "an [odd: one]"] {
                let (text, found) = DeadLetterGap.split(message + gap.mark)
                #expect(text == message)
                #expect(found == gap)
            }
        }
    }

    @Test(arguments: [
        " [cut: ]", " [cut: raw_value 1 of x bytes]", "[cut: raw_value 1 of 2 bytes]",
        " [cut: raw_value 1 of 2 bytes] ",
        " [cut: raw_value 1 of 2]",
    ])
    func otherTextsAreMessages(text: String) {
        #expect(DeadLetterGap.split(text).message == text)
        #expect(DeadLetterGap.split(text).gap.isEmpty)
    }

    @Test func messageOrReasonSayIt() {
        let gap = DeadLetterGap(cuts: cuts)
        var entry = DeadLetterEntry()
        entry.reason = "value.truncated"
        entry.message = "it ends early" + gap.mark
        entry.readGap()
        #expect(entry.message == "it ends early" && entry.gap == gap && entry.lacksRecord)
        #expect(entry.json.contains("raw_value 750000 of 900000 bytes"))

        entry = DeadLetterEntry()
        entry.reason = "value.truncated" + gap.mark
        entry.readGap()
        #expect(entry.reason == "value.truncated" && entry.gap == gap)
    }

    @Test func aLetterWithoutAMessageMayLackSomething() {
        var entry = DeadLetterEntry()
        #expect(entry.lacksRecord)
        entry.message = "it ends early"
        #expect(!entry.lacksRecord)
    }
}
