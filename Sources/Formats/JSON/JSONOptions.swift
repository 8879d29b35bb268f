/// How JSON is read and written: Flink's `json.*` options, and one of our own for epoch milliseconds.
///
/// What differs from Flink: documents must be RFC 8259 to the letter (no bytes after the end, no control characters in
/// strings, no lone surrogates); numbers are accepted for timestamps, as epoch milliseconds, and both timestamp
/// standards are read whichever is set, a T or a space telling them apart; a DECIMAL that does not fit is an error
/// instead of null, and so is a text that is neither true nor false for a BOOLEAN. As in Flink, a fraction is cut off
/// for INT and BIGINT, strings that hold numbers are numbers, and a STRING column takes a number, boolean, object or
/// array as it is written.
package struct JSONOptions: Hashable, Sendable {
    /// How timestamps are written.
    package enum TimestampStandard: Hashable, Sendable {
        /// `yyyy-MM-dd HH:mm:ss[.fraction]`, TIMESTAMP_LTZ with a Z.
        case sql
        /// The same with a T.
        case iso8601
    }

    /// How a timestamp stands in a message.
    package enum TimestampEncoding: Hashable, Sendable {
        case string
        /// A number of milliseconds since 1970-01-01T00:00:00Z; microseconds are cut off.
        case epochMilliseconds
    }

    /// What becomes of `0000-00-00 00:00:00`.
    package enum ZeroTimestamp: Hashable, Sendable {
        case fail
        case convertToNull
    }

    /// `fail-on-missing-field`
    package var failOnMissingField = false
    /// `ignore-parse-errors`: values that do not convert become null; records that are no JSON at all fail, and the
    /// source skips them.
    package var ignoreParseErrors = false
    /// `timestamp-format.standard`: SQL or ISO-8601
    package var timestampStandard = TimestampStandard.sql
    /// `encode.timestamp`: string or epoch-millis
    package var timestampEncoding = TimestampEncoding.string
    /// `zero-timestamp.behavior`: FAIL or CONVERT_TO_NULL
    package var zeroTimestamp = ZeroTimestamp.fail
    /// `encode.decimal-as-plain-number`: never with an exponent
    package var encodeDecimalAsPlainNumber = false
    /// `encode.ignore-null-fields`
    package var encodeIgnoreNullFields = false

    package init() {}

    /// - Parameter options: names without the prefix `json.`
    package init(options: [String: String]) throws(FormatsError) {
        for name in options.keys.sorted() where name.hasPrefix("map-null-key.") {
            throw FormatsError(
                .unsupportedOption, "'json.\(name)' concerns MAP columns, which are not supported; remove it")
        }
        var reader = OptionReader(format: "json", options: options)
        failOnMissingField = try reader.flag("fail-on-missing-field", default: false)
        ignoreParseErrors = try reader.flag("ignore-parse-errors", default: false)
        timestampStandard = try reader.choice(
            "timestamp-format.standard", default: .sql, ["SQL": .sql, "ISO-8601": .iso8601])
        timestampEncoding = try reader.choice(
            "encode.timestamp", default: .string, ["string": .string, "epoch-millis": .epochMilliseconds])
        zeroTimestamp = try reader.choice(
            "zero-timestamp.behavior", default: .fail, ["FAIL": .fail, "CONVERT_TO_NULL": .convertToNull])
        encodeDecimalAsPlainNumber = try reader.flag("encode.decimal-as-plain-number", default: false)
        encodeIgnoreNullFields = try reader.flag("encode.ignore-null-fields", default: false)
        // Chooses between Flink's two parsers, which are meant to give the same; there is one here.
        _ = try reader.flag("decode.json-parser.enabled", default: true)
        try reader.finish()
        if failOnMissingField && ignoreParseErrors {
            throw FormatsError(
                .invalidOptionValue,
                "'json.fail-on-missing-field' and 'json.ignore-parse-errors' contradict each other; set one of them")
        }
    }
}
