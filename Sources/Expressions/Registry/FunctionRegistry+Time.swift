extension FunctionRegistry {
    static let timeFunctions: [String: [Signature]] = {
        var functions: [String: [Signature]] = [
            "CURRENT_TIMESTAMP": [Signature(.currentTimestamp, [], .fixed(.timestampLTZ(3)))],
            "NOW": [Signature(.currentTimestamp, [], .fixed(.timestampLTZ(3)))],
            "CURRENT_ROW_TIMESTAMP": [Signature(.currentTimestamp, [], .fixed(.timestampLTZ(3)))],
            "LOCALTIMESTAMP": [Signature(.localTimestamp, [], .fixed(.timestamp(3)))],
            "CURRENT_DATE": [Signature(.currentDate, [], .fixed(.date))],
            "PROCTIME": [Signature(.processingTime, [], .fixed(.timestampLTZ(3)))],
            "DATE_FORMAT": [Signature(.dateFormat, [.time, .string], .fixed(.string))],
            "TO_TIMESTAMP": [Signature(.toTimestamp, [.string, .string], optional: 1, .fixed(.timestamp(3)))],
            "TO_TIMESTAMP_LTZ": [
                Signature(.toTimestampLTZ(precision: 3), [.bigint, .bigint], optional: 1, .fixed(.timestampLTZ(3))),
                Signature(.toTimestampLTZ(precision: 3), [.double, .bigint], optional: 1, .fixed(.timestampLTZ(3))),
                Signature(
                    .toTimestampLTZ(precision: 3), [.string, .string, .string], optional: 2,
                    .fixed(.timestampLTZ(3))),
            ],
            "TO_DATE": [Signature(.toDate, [.string, .string], optional: 1, .fixed(.date))],
            "UNIX_TIMESTAMP": [
                Signature(.unixTimestamp, [.string, .string], optional: 2, .fixed(.bigint)),
                Signature(.unixTimestamp, [.timestamp], .fixed(.bigint)),
            ],
            "FROM_UNIXTIME": [Signature(.fromUnixTime, [.bigint, .string], optional: 1, .fixed(.string))],
            "CONVERT_TZ": [Signature(.convertTimeZone, [.string, .string, .string], .fixed(.string))],
        ]
        let fields: [(String, TimeUnit)] = [
            ("YEAR", .year), ("QUARTER", .quarter), ("MONTH", .month), ("WEEK", .week), ("DAYOFYEAR", .dayOfYear),
            ("DAYOFMONTH", .day), ("DAYOFWEEK", .dayOfWeek), ("HOUR", .hour), ("MINUTE", .minute),
            ("SECOND", .second),
        ]
        for (name, unit) in fields { functions[name] = [Signature(.extract(unit), [.time], .fixed(.bigint))] }
        return functions
    }()
}
