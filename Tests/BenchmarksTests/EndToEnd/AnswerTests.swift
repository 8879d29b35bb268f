import Testing

@testable import Benchmarks

@Suite struct AnswerTests {
    private static let rows: [Answer.Row] = (0..<1000).map { id in
        Answer.Row(
            id: id, user: id % 7, film: id % 11, deviceLength: 2 + id % 5, time: 1_767_225_600_000 + id,
            joined: id % 3 == 0 ? nil : (id % 10 + 1, 1_767_225_600_000 + id / 2))
    }

    private static func answer(_ rows: [Answer.Row]) -> Answer {
        var answer = Answer()
        for row in rows { answer.add(row) }
        return answer
    }

    @Test func theOrderOfRowsDoesNotCount() {
        #expect(Self.answer(Self.rows.shuffled()) == Self.answer(Self.rows))
    }

    @Test func aRowThatIsLostDoubledOrChangedCounts() {
        let whole = Self.answer(Self.rows)
        var lost = Self.rows
        lost.remove(at: 500)
        #expect(Self.answer(lost) != whole)
        // As many rows as before, but one twice.
        #expect(Self.answer(lost + [Self.rows[499]]).checksum != whole.checksum)
        for change in [
            { (row: inout Answer.Row) in row.user += 1 }, { $0.film += 1 }, { $0.deviceLength += 1 }, { $0.time += 1 },
            { $0.joined = nil }, { $0.joined?.first += 1 }, { $0.joined?.second += 1 },
        ] as [(inout Answer.Row) -> Void] {
            var changed = Self.rows
            change(&changed[500])
            #expect(Self.answer(changed).checksum != whole.checksum)
        }
    }

    @Test func valuesThatChangePlacesCount() {
        var swapped = Self.rows
        (swapped[100].joined, swapped[200].joined) = (Self.rows[200].joined, Self.rows[100].joined)
        #expect(Self.answer(swapped).checksum != Self.answer(Self.rows).checksum)
        #expect(Self.answer(swapped).matched == Self.answer(Self.rows).matched)
    }

    @Test func theTextOfPostgreSQLIsRead() {
        #expect(Answer(text: "10|4|123456789012")?.checksum == 123_456_789_012)
        #expect(Answer(text: "10|4") == nil)
    }
}
