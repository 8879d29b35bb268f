import Testing

@testable import JobService

struct TimeTextTests {
    @Test(arguments: [
        (Int64(0), "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
        (1_767_225_600_123, "2026-01-01T00:00:00.123Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
    ])
    func timesAreWrittenInUTC(milliseconds: Int64, text: String) {
        #expect(TimeText.full(milliseconds: milliseconds) == text)
    }
}
