import Columnar
import Formats
import Foundation

/// What the scanner accepts is JSON that says what the columns hold, and what the writer makes of the columns reads back as
/// the same.
enum JSONFuzz {
    private static let columns: [(path: String, type: LogicalType)] = [
        ("s", .string), ("l", .bigint), ("f", .double), ("b", .boolean), ("i", .int),
        ("n", .decimal(precision: 18, scale: 3)),
        ("w", .decimal(precision: 38, scale: 10)), ("y", .bytes), ("d", .date),
        ("t", .timestamp(precision: 3)),
        ("z", .timestampLTZ(precision: 6)), ("o.s", .string), ("o.l", .bigint), ("o.p.f", .double),
    ]
    private static let schema = Schema(columns.map { Field($0.path, $0.type) })
    private static let fields = columns.enumerated().map { index, column in
        ScanField(
            path: column.path.split(separator: ".").map(String.init), type: column.type, column: index)
    }
    private static let optionSets: [[String: String]] = [
        [:], ["ignore-parse-errors": "true"], ["timestamp-format.standard": "ISO-8601"],
        ["encode.decimal-as-plain-number": "true", "encode.ignore-null-fields": "true"],
    ]

    /// The first byte chooses the options.
    static func run(_ bytes: [UInt8]) throws {
        guard let first = bytes.first else { return }
        let options = optionSets[Int(first) % optionSets.count]
        let payload = Array(bytes.dropFirst())
        let (status, batch) = try decode([payload], options)
        if options["ignore-parse-errors"] == nil { try compare(payload, status[0], batch) }
        guard status[0].isSuccess else { return }
        let messages = try encode(batch, options)
        let (again, copy) = try decode(messages, options)
        let text = String(decoding: messages[0], as: UTF8.self)
        try FuzzFinding.check(
            again[0].isSuccess, "\(again[0].message(fields: fields)) in what was written: \(text)")
        try FuzzFinding.check(
            FuzzRows.texts(copy) == FuzzRows.texts(batch),
            "\(FuzzRows.texts(batch)) came back as \(FuzzRows.texts(copy))")
    }

    private static func decode(
        _ payloads: [[UInt8]], _ options: [String: String]
    ) throws -> ([DecodeStatus], RecordBatch) {
        let decoder = try Format(
            identifier: "json", options: options.filter { !$0.key.hasPrefix("encode.") }
        )
        .makeDecoder(fields: fields)
        let builder = BatchBuilder(schema: schema)
        let statuses = payloads.map { payload in
            // Memory of exactly the payload's size, so that the sanitizer sees reads past it.
            let exact = UnsafeMutableRawBufferPointer.allocate(byteCount: payload.count, alignment: 1)
            defer { exact.deallocate() }
            exact.copyBytes(from: payload)
            let status = decoder.decode(UnsafeRawBufferPointer(exact), into: builder)
            if status.isSuccess { builder.commitRow() }
            return status
        }
        return (statuses, builder.finish())
    }

    private static func encode(_ batch: RecordBatch, _ options: [String: String]) throws -> [[UInt8]] {
        let paths = fields.map { WriteField(path: $0.path, column: $0.column) }
        let encoder = try Format(
            identifier: "json", options: options.filter { $0.key != "ignore-parse-errors" }
        )
        .makeEncoder(schema: schema, fields: paths)
        let buffer = MessageBuffer(byteCapacity: 64, messageCapacity: 16)
        encoder.encode(batch, into: buffer)
        return (0..<buffer.messageCount).map { Array(buffer.message($0)) }
    }

    /// Against Foundation, as far as it can be asked.
    private static func compare(_ payload: [UInt8], _ status: DecodeStatus, _ batch: RecordBatch)
        throws
    {
        // It guesses other encodings than UTF-8 from the first bytes, and has a limit of its own for the depth.
        if payload.prefix(4).contains(0) || (payload.first ?? 0) > 0xef
            || payload.starts(with: [0xef, 0xbb, 0xbf])
        {
            return
        }
        if status.code == .tooDeep || status.code == .rootIsNotObject { return }
        let parsed = try? JSONSerialization.jsonObject(with: Data(payload)) as? [String: Any]
        // Foundation takes more than RFC 8259 allows, such as a comma before the end of an object.
        guard status.isSuccess else { return }
        // A number that no Double holds stops Foundation.
        guard let parsed else {
            try FuzzFinding.check(
                hasExponent(payload), "accepted, but Foundation does not read it: \(FuzzRows.texts(batch))")
            return
        }
        if let text = parsed["s"] as? String {
            let bytes = batch.columns[0].isValid(0) ? Array(batch.columns[0].bytes(0)) : []
            try FuzzFinding.check(
                bytes == Array(text.utf8), "'s' is \(bytes), by Foundation \(Array(text.utf8))")
        }
        if let flag = parsed["b"] as? Bool, parsed["b"] is NSNumber, batch.columns[3].isValid(0) {
            try FuzzFinding.check(batch.columns[3].bools[0] == (flag ? 1 : 0), "'b' is not \(flag)")
        }
        if let number = parsed["f"] as? Double, batch.columns[2].isValid(0), !(parsed["f"] is Bool) {
            let found = batch.columns[2].doubles[0]
            // Foundation may round twice (0.3000000300040005); the C library does not.
            try FuzzFinding.check(
                found == number || literals(payload).contains(found), "'f' is \(found), by Foundation \(number)")
        }
    }

    /// Everything in a payload that looks like a number, as the C library reads it.
    private static func literals(_ payload: [UInt8]) -> [Double] {
        let parts = payload.split { byte in
            !((0x30...0x39).contains(byte) || [0x2b, 0x2d, 0x2e, 0x45, 0x65].contains(byte))
        }
        return parts.compactMap { Double(String(decoding: $0, as: UTF8.self)) }
    }

    private static func hasExponent(_ payload: [UInt8]) -> Bool {
        payload.contains(0x65) || payload.contains(0x45) || !hasFewDigits(payload)
    }

    /// No run of more than 18 digits.
    private static func hasFewDigits(_ payload: [UInt8]) -> Bool {
        var run = 0
        for byte in payload {
            run = (0x30...0x39).contains(byte) || byte == 0x2e ? run + 1 : 0
            if run > 18 { return false }
        }
        return true
    }

    static func seeds() -> [[UInt8]] {
        [
            #"{"s":"text é \u20ac \ud83d\ude00 \" \\ \n","l":-9223372036854775808,"f":1.5e-3,"b":true,"i":2147483647}"#,
            #"{"n":123456789012345.678,"w":-1234567890123456789012345678.0123456789,"y":"AQID","d":"2024-02-29"}"#,
            #"{"t":"2024-01-31 12:00:00.123","z":"2024-01-31 12:00:00.123456Z","o":{"s":"x","l":1,"p":{"f":0.1}}}"#,
            #"{"t":"2024-01-31T12:00:00","z":"2024-01-31T12:00:00+02:00","s":{"a":[1,2,{"b":null}]}}"#,
            #" { "unknown" : [ { "a" : [ ] } , "x" , 1e400 , -0 ] , "s" : null , "l" : "12" , "b" : "FALSE" } "#,
            #"{"s":1,"s":"last","f":"NaN","l":1.9,"i":"7","t":1706702400000,"z":-1,"n":"1e3"}"#, #"{}"#,
            #"{"o":null}"#, #"{"o":{"p":{"f":-0.0}},"o":{"l":2}}"#,
            #"{"f":0.30000000000000004,"f":5e-324}"#,
            "{\"s\":" + String(repeating: "[", count: 120) + String(repeating: "]", count: 120) + "}",
        ].flatMap { text in [0, 1, 2, 3].map { [$0] + Array(text.utf8) } }
    }

    static let dictionary: [String] = [
        "\"s\":", "\"l\":", "\"f\":", "\"b\":", "\"i\":", "\"n\":", "\"w\":", "\"y\":", "\"d\":",
        "\"t\":", "\"z\":",
        "\"o\":{", "\"p\":{", "true", "false", "null", "\\u0000", "\\ud83d\\ude00", "\\ud83d", "\\\"",
        "1e308", "1e-400",
        "-0", "9223372036854775808", "0.1", "E+", "[[[[", "]]]]", "{\"a\":", "}}", "2024-02-30",
        "24:00:00", "+14:00",
        "99999999999999999999999999999999999999", "0000-00-00 00:00:00", "AQ==", "\u{ef}\u{bb}\u{bf}",
    ]
}
