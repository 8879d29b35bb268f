import Columnar
import Testing

struct CivilDateTests {
    @Test(arguments: [
        (0, CivilDate(year: 1970, month: 1, day: 1)), (-1, CivilDate(year: 1969, month: 12, day: 31)),
        (19_782, CivilDate(year: 2024, month: 2, day: 29)), (11_016, CivilDate(year: 2000, month: 2, day: 29)),
        (-719_528, CivilDate(year: 0, month: 1, day: 1)), (2_932_896, CivilDate(year: 9999, month: 12, day: 31)),
        (-719_529, CivilDate(year: -1, month: 12, day: 31)),
    ])
    func knownDays(days: Int, date: CivilDate) {
        #expect(CivilDate(daysSinceEpoch: days) == date)
        #expect(date.daysSinceEpoch == days)
        #expect(date.isValid)
    }

    @Test func daysFollowOneAnother() {
        var previous = CivilDate(daysSinceEpoch: -800_000)
        var wrong = 0
        for days in -799_999...800_000 {
            let date = CivilDate(daysSinceEpoch: days)
            let isNextDay = date.year == previous.year && date.month == previous.month && date.day == previous.day + 1
            let isNewMonth =
                date.day == 1 && previous.day == CivilDate.dayCount(year: previous.year, month: previous.month)
                && (date.month == previous.month + 1 || (date.month == 1 && previous.month == 12))
            if !(isNextDay || isNewMonth) || date.daysSinceEpoch != days || !date.isValid { wrong += 1 }
            previous = date
        }
        #expect(wrong == 0)
    }

    @Test func impossibleDatesAreInvalid() {
        for (year, month, day) in [
            (2023, 2, 29), (1900, 2, 29), (2024, 2, 30), (2024, 4, 31), (2024, 0, 1), (2024, 13, 1), (2024, 1, 0),
            (2024, 1, 32), (2024, -1, 1), (2024, 1, -1),
        ] {
            #expect(!CivilDate(year: year, month: month, day: day).isValid)
        }
        #expect(
            (1...12).map { CivilDate.dayCount(year: 2023, month: $0) } == [
                31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31,
            ])
    }
}
