import Columnar
import Expressions
import TestKit
import Testing

struct TimeFunctionTests {
    typealias Harness = ExpressionHarness
    /// 2024-02-29 13:45:56.789
    static let leapDay: ScalarValue = .timestamp(1_709_214_356_789_000)

    static func s(_ text: String) -> ScalarValue { .string(text) }

    static func field(_ unit: TimeUnit, _ expected: Int64) -> FunctionExample {
        FunctionExample("EXTRACT", [leapDay], .bigint(expected), unit: unit)
    }

    static let examples: [FunctionExample] = [
        field(.year, 2024), field(.quarter, 1), field(.month, 2), field(.week, 9), field(.day, 29),
        field(.dayOfYear, 60),
        field(.dayOfWeek, 5), field(.isoDayOfWeek, 4), field(.hour, 13), field(.minute, 45), field(.second, 56),
        field(.millisecond, 56789), field(.microsecond, 56_789_000), field(.epoch, 1_709_214_356), field(.decade, 202),
        field(.century, 21), field(.millennium, 3), field(.isoYear, 2024),
        .init("EXTRACT", [.date(18628)], .bigint(53), unit: .week), .init("EXTRACT", [.null], .null, unit: .year),
        .init("EXTRACT", [.date(18628)], .bigint(2020), unit: .isoYear),
        .init("EXTRACT", [.timestamp(-1)], .bigint(59), unit: .second),
        .init("YEAR", [leapDay], .bigint(2024)), .init("DAYOFWEEK", [leapDay], .bigint(5)),
        .init("HOUR", [leapDay], .bigint(13)),
        .init("DATE_FORMAT", [leapDay, s("yyyy-MM-dd'T'HH:mm:ss.SSS")], s("2024-02-29T13:45:56.789")),
        .init("DATE_FORMAT", [leapDay, s("yy/M/d h:mm a EEE MMM")], s("24/2/29 1:45 PM Thu Feb")),
        .init(
            "DATE_FORMAT", [leapDay, s("EEEE, dd MMMM yyyy 'o''clock' DDD Q")],
            s("Thursday, 29 February 2024 o'clock 060 1")),
        .init("DATE_FORMAT", [s("2024-02-29 01:02:03"), s("HHmmss")], s("010203")),
        .init("DATE_FORMAT", [.date(19782), s("yyyyMMdd")], s("20240229")),
        .init("DATE_FORMAT", [.null, s("yyyy")], .null),
        .init("TO_TIMESTAMP", [s("2024-02-29 13:45:56.789")], leapDay), .init("TO_TIMESTAMP", [s("rubbish")], .null),
        .init("TO_TIMESTAMP", [s("29.02.2024 13:45"), s("dd.MM.yyyy HH:mm")], .timestamp(1_709_214_300_000_000)),
        .init("TO_TIMESTAMP", [s("20240229134556789"), s("yyyyMMddHHmmssSSS")], leapDay),
        .init(
            "TO_TIMESTAMP", [s("Feb 29, 2024 01:45 PM"), s("MMM d, yyyy hh:mm a")], .timestamp(1_709_214_300_000_000)),
        .init("TO_TIMESTAMP", [s("2023-02-29"), s("yyyy-MM-dd")], .null),
        .init("TO_TIMESTAMP", [s("2024-02-29x"), s("yyyy-MM-dd")], .null),
        .init("TO_TIMESTAMP_LTZ", [.bigint(1_709_214_356_789), .int(3)], leapDay),
        .init("TO_TIMESTAMP_LTZ", [.int(5), .int(0)], .timestamp(5_000_000)),
        .init("TO_TIMESTAMP_LTZ", [.double(1.5), .int(0)], .timestamp(1_500_000)),
        .init("TO_TIMESTAMP_LTZ", [.bigint(.max), .int(3)], .null), .init("TO_TIMESTAMP_LTZ", [.null, .int(3)], .null),
        .init("TO_TIMESTAMP_LTZ", [s("2024-02-29T13:45:56.789Z")], leapDay),
        .init("TO_TIMESTAMP_LTZ", [s("2024-02-29 14:45:56.789 +0100"), s("yyyy-MM-dd HH:mm:ss.SSS Z")], leapDay),
        .init("TO_DATE", [s("2024-02-29")], .date(19782)),
        .init("TO_DATE", [s("02/29/2024"), s("MM/dd/yyyy")], .date(19782)),
        .init("TO_DATE", [s("x")], .null), .init("UNIX_TIMESTAMP", [s("1970-01-01 00:01:00")], .bigint(60)),
        .init("UNIX_TIMESTAMP", [s("1970/01/02"), s("yyyy/MM/dd")], .bigint(86400)),
        .init("UNIX_TIMESTAMP", [], .bigint(1_700_000_000)),
        .init("FROM_UNIXTIME", [.int(60)], s("1970-01-01 00:01:00")),
        .init("FROM_UNIXTIME", [.int(60), s("HH:mm")], s("00:01")),
        .init("TIMESTAMPADD", [.int(1), .date(19753)], .date(19782), unit: .month),
        .init("TIMESTAMPADD", [.int(-90), leapDay], .timestamp(1_709_208_956_789_000), unit: .minute),
        .init("TIMESTAMPADD", [.int(2), .date(19782)], .date(19796), unit: .week),
        .init("TIMESTAMPADD", [.int(1), .date(0)], .timestamp(3_600_000_000), unit: .hour),
        .init("TIMESTAMPDIFF", [.date(19753), .date(19782)], .int(0), unit: .month),
        .init("TIMESTAMPDIFF", [.date(19752), .date(19782)], .int(0), unit: .month),
        .init("TIMESTAMPDIFF", [.date(19751), .date(19782)], .int(1), unit: .month),
        .init("TIMESTAMPDIFF", [.date(19782), .date(19751)], .int(-1), unit: .month),
        .init("TIMESTAMPDIFF", [.date(0), .date(400)], .int(1), unit: .year),
        .init("TIMESTAMPDIFF", [.timestamp(0), .timestamp(-1_500_000)], .int(-1), unit: .second),
        .init("FLOOR", [leapDay], .timestamp(1_709_211_600_000_000), unit: .hour),
        .init("CEIL", [leapDay], .timestamp(1_709_215_200_000_000), unit: .hour),
        .init("FLOOR", [leapDay], .timestamp(1_706_745_600_000_000), unit: .month),
        .init("CEIL", [leapDay], .timestamp(1_709_251_200_000_000), unit: .month),
        .init("FLOOR", [leapDay], .timestamp(1_708_905_600_000_000), unit: .week),
        .init("FLOOR", [.timestamp(-1)], .timestamp(-86_400_000_000), unit: .day),
        .init("FLOOR", [leapDay], .timestamp(1_704_067_200_000_000), unit: .year),
        .init("CONVERT_TZ", [s("1970-01-01 00:00:00"), s("UTC"), s("America/Los_Angeles")], s("1969-12-31 16:00:00")),
        .init("CURRENT_TIMESTAMP", [], .timestamp(1_700_000_000_123_000)),
        .init("NOW", [], .timestamp(1_700_000_000_123_000)),
        .init("PROCTIME", [], .timestamp(1_700_000_000_123_000)), .init("CURRENT_DATE", [], .date(19675)),
    ]

    @Test(arguments: examples)
    func functionGivesWhatTheExampleSays(_ example: FunctionExample) throws {
        #expect(try Harness.constant(try example.expression) == example.expected)
    }

    @Test func intervalsAreAddedToTimes() throws {
        let second = Harness.literal(.intervalMicroseconds(5_000_000))
        let month = Harness.literal(.intervalMonths(1))
        let columns: [String: [ScalarValue]] = [
            "ltz": [.timestamp(10_000_000), .null], "d": [.date(19753), .date(0)], "ts": [Self.leapDay, .null],
        ]
        let earlier = try ScalarExpression.arithmetic(.subtract, Harness.column("ltz"), second)
        #expect(earlier.type == .timestampLTZ(3))
        #expect(try Harness.evaluate(earlier, columns) == [.timestamp(5_000_000), .null])
        let nextMonth = try ScalarExpression.arithmetic(.add, Harness.column("d"), month)
        #expect(try Harness.evaluate(nextMonth, columns) == [.date(19782), .date(31)])
        let day = Harness.literal(.intervalMicroseconds(86_400_000_000))
        #expect(
            try Harness.evaluate(.arithmetic(.add, day, Harness.column("d")), columns) == [.date(19754), .date(1)])
        let lastYear = try ScalarExpression.arithmetic(
            .subtract, Harness.column("ts"), .arithmetic(.multiply, month, .literal(.int(12))))
        // 2023 has no 29 February.
        #expect(try Harness.evaluate(lastYear, columns) == [.timestamp(1_677_591_956_789_000), .null])
    }

    @Test func aTimeThatOverflowsFailsItsRow() throws {
        let sum = try ScalarExpression.arithmetic(
            .add, Harness.column("ts"), Harness.literal(.intervalMicroseconds(1)))
        let error = #expect(throws: ExpressionError.self) {
            try Harness.evaluate(sum, ["ts": [.timestamp(0), .timestamp(.max)]])
        }
        #expect(error?.row == 1)
        #expect(error?.code == .arithmeticOverflow)
    }

    @Test func zonesFollowSummerTime() throws {
        let zone = try SessionTimeZone("Europe/Paris")
        let context = EvaluationContext(now: 1_700_000_000_123_456, timeZone: zone)
        let columns: [String: [ScalarValue]] = [
            // 2024-01-15 12:00Z, 2024-07-15 12:00Z
            "ltz": [.timestamp(1_705_320_000_000_000), .timestamp(1_721_044_800_000_000), .null]
        ]
        let text = try ScalarExpression.casting(Harness.column("ltz"), to: .string)
        #expect(
            try Harness.evaluate(text, columns, context: context)
                == [.string("2024-01-15 13:00:00.000"), .string("2024-07-15 14:00:00.000"), .null])
        let hour = try FunctionRegistry.builtIn.call("HOUR", [Harness.column("ltz")])
        #expect(try Harness.evaluate(hour, columns, context: context) == [.bigint(13), .bigint(14), .null])
        let format = try FunctionRegistry.builtIn.call(
            "DATE_FORMAT", [Harness.column("ltz"), .literal(.string("HH:mm XXX"))])
        #expect(
            try Harness.evaluate(format, columns, context: context)
                == [.string("13:00 +01:00"), .string("14:00 +02:00"), .null])
        let day = try FunctionRegistry.builtIn.call("FLOOR", [Harness.column("ltz")], unit: .day)
        #expect(
            try Harness.evaluate(day, columns, context: context)
                == [.timestamp(1_705_273_200_000_000), .timestamp(1_720_994_400_000_000), .null])
        let back = try ScalarExpression.casting(
            .casting(Harness.column("ltz"), to: .timestamp(3)), to: .timestampLTZ(3))
        #expect(
            try Harness.evaluate(back, columns, context: context)
                == [.timestamp(1_705_320_000_000_000), .timestamp(1_721_044_800_000_000), .null])
    }

    @Test func localTimesInGapsAndOverlapsAreReadAsJavaDoes() throws {
        let zone = try SessionTimeZone("Europe/Paris")
        // 2024-03-31 02:30 does not exist: 03:30 summer time. 2024-10-27 02:30 comes twice: the first, in summer time.
        #expect(zone.instant(ofLocal: 1_711_852_200_000_000) == 1_711_848_600_000_000)
        #expect(zone.instant(ofLocal: 1_729_996_200_000_000) == 1_729_989_000_000_000)
        #expect(zone.local(1_711_848_600_000_000) == 1_711_855_800_000_000)
    }

    @Test func offsetsAndUnknownZones() throws {
        #expect(try SessionTimeZone("GMT+05:30").offset(at: 0) == 19_800_000_000)
        #expect(try SessionTimeZone("UTC-3").offset(at: 0) == -10_800_000_000)
        #expect(try SessionTimeZone("Z").isUTC)
        #expect(throws: ExpressionError.self) { try SessionTimeZone("Mars/Olympus") }
        #expect(throws: ExpressionError.self) { try SessionTimeZone("") }
    }

    @Test func everyLocalTimeOfAZoneComesBack() throws {
        for name in ["America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia"] {
            let zone = try SessionTimeZone(name)
            var generator = SystemRandomNumberGenerator()
            let seed = UInt64.random(in: 0 ... .max, using: &generator)
            var random = SeededRandom(seed: seed)
            for _ in 0..<2000 {
                let instant = Int64.random(in: -2_000_000_000...4_000_000_000, using: &random) * 1_000_000
                let local = zone.local(instant)
                let again = zone.instant(ofLocal: local)
                // An overlap gives the earlier of two points with the same local time.
                #expect(zone.local(again) == local, "seed \(seed), zone \(name), \(instant)")
                #expect(again <= instant, "seed \(seed), zone \(name), \(instant)")
            }
        }
    }

    @Test func anUnknownPatternLetterIsRefusedWhenCompiled() throws {
        let call = try FunctionRegistry.builtIn.call(
            "DATE_FORMAT", [Harness.column("ts"), .literal(.string("yyyy-bb"))])
        let error = #expect(throws: ExpressionError.self) { try CompiledProjection([call]) }
        #expect(error?.code == .invalidArgument)
    }
}
