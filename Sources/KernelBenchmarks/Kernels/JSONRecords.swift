package import Columnar
internal import TestKit

/// Made-up JSON payloads, one after another in memory.
package final class JSONRecords {
    enum Order {
        case schema
        case reversed
        /// With a space after every colon and comma.
        case spaced
        /// With timestamps as SQL text.
        case textTimestamp
    }

    package static let playFields: [(String, LogicalType)] = [
        ("user_id", .bigint), ("movie_id", .bigint), ("rating", .double), ("ts", .timestampLTZ(precision: 3)),
        ("device", .string),
    ]
    static let movieFields: [(String, LogicalType)] = [("movie_id", .bigint), ("title", .string), ("note", .string)]
    static let doubleFields: [(String, LogicalType)] = [("id", .bigint), ("x", .double), ("y", .double)]

    let count: Int
    private let bytes: UnsafeMutablePointer<UInt8>
    private let offsets: UnsafeMutablePointer<Int>

    init(_ documents: [String]) {
        count = documents.count
        let total = documents.reduce(0) { $0 + $1.utf8.count }
        bytes = .allocate(capacity: total)
        offsets = .allocate(capacity: documents.count + 1)
        var position = 0
        for (index, document) in documents.enumerated() {
            (offsets + index).initialize(to: position)
            for byte in document.utf8 {
                (bytes + position).initialize(to: byte)
                position += 1
            }
        }
        (offsets + documents.count).initialize(to: position)
    }

    deinit {
        bytes.deallocate()
        offsets.deallocate()
    }

    func payload(_ index: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: bytes + offsets[index], count: offsets[index + 1] - offsets[index])
    }

    /// Five fields in about 82 bytes.
    static func plays(count: Int, order: Order) -> JSONRecords {
        var generator = SeededRandom(seed: 1)
        let devices = ["tv", "web", "phone", "tablet", "console"]
        let separator = order == .spaced ? ", " : ","
        let colon = order == .spaced ? ": " : ":"
        return JSONRecords(
            (0..<count).map { index in
                let time = 1_700_000_000_000 + index * 13
                var members = [
                    ("user_id", "\(generator.next() % 1_000_000)"), ("movie_id", "\(generator.next() % 10_000)"),
                    ("rating", "\(Double(generator.next() % 10 + 1) / 2)"),
                    ("ts", order == .textTimestamp ? "\"\(timestampText(time))\"" : "\(time)"),
                    ("device", "\"\(devices[Int(generator.next() % 5)])\""),
                ]
                if order == .reversed { members.reverse() }
                return "{" + members.map { "\"\($0)\"\(colon)\($1)" }.joined(separator: separator) + "}"
            })
    }

    private static func timestampText(_ milliseconds: Int) -> String {
        let date = CivilDate(daysSinceEpoch: milliseconds / 86_400_000)
        let time = milliseconds % 86_400_000
        func padded(_ value: Int, _ width: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: width - text.count) + text
        }
        let day = "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))"
        let clock = "\(padded(time / 3_600_000, 2)):\(padded(time / 60_000 % 60, 2)):\(padded(time / 1000 % 60, 2))"
        return "\(day) \(clock).\(padded(time % 1000, 3))Z"
    }

    /// Text with escapes and characters outside ASCII, about 150 bytes.
    static func movies(count: Int) -> JSONRecords {
        let titles = [
            "The Passion of Joan of Arc", "Le Fabuleux Destin d'Amélie Poulain", "七人の侍", "Дерсу Узала",
            #"Dr. Strangelove or: \"How I Learned to Stop Worrying\""#,
        ]
        return JSONRecords(
            (0..<count).map { index in
                let note = "a longer text without anything that is special, number \(index)"
                return #"{"movie_id":\#(index),"title":"\#(titles[index % 5])","note":"\#(note)"}"#
            })
    }

    /// Doubles as they come out of computations.
    static func longDoubles(count: Int) -> JSONRecords {
        var generator = SeededRandom(seed: 2)
        return JSONRecords(
            (0..<count).map { index in
                let x = Double(generator.next() >> 11) / 9_007_199_254_740_992.0 * 180
                let y = Double(generator.next() >> 11) / 9_007_199_254_740_992.0
                return #"{"id":\#(index),"x":\#(x),"y":\#(y)}"#
            })
    }

    // MARK: Shapes

    static let nestedFields: [(String, LogicalType)] = [
        ("id", .bigint), ("city", .string), ("zip", .int), ("x", .double), ("y", .double),
    ]
    /// Where the nested fields stand in a document.
    static let nestedPaths = [
        ["id"], ["who", "address", "city"], ["who", "address", "zip"], ["place", "at", "x"], ["place", "at", "y"],
    ]

    /// Five fields, four of them two objects deep, in about 130 bytes.
    static func nested(count: Int) -> JSONRecords {
        var generator = SeededRandom(seed: 3)
        return JSONRecords(
            (0..<count).map { index in
                let address =
                    #"{"street":"Main \#(index % 100)","city":"Springfield","zip":\#(generator.next() % 99_999)}"#
                let at = #"{"x":\#(generator.next() % 180).25,"y":\#(generator.next() % 90).5}"#
                return #"{"id":\#(index),"who":{"address":\#(address)},"place":{"at":\#(at)}}"#
            })
    }

    static let textFields: [(String, LogicalType)] = [("id", .bigint), ("text", .string)]

    /// One text of 1,000 characters, of which one in `escapeEvery` is written as an escape; 0 for none.
    static func texts(count: Int, escapeEvery: Int) -> JSONRecords {
        let escapes = [#"\n"#, #"\""#, #"\\"#, #"\u00e9"#, #"\ud83d\ude00"#]
        return JSONRecords(
            (0..<count).map { index in
                var text = ""
                for place in 0..<1000 {
                    if escapeEvery > 0, place % escapeEvery == escapeEvery - 1 {
                        text += escapes[(place / escapeEvery + index) % escapes.count]
                    } else {
                        text.append(Character(UnicodeScalar(UInt8(97 + (place + index) % 26))))
                    }
                }
                return #"{"id":\#(index),"text":"\#(text)"}"#
            })
    }

    static let manyFields: [(String, LogicalType)] = (0..<40).map { field in
        ("field_\(field)", [.bigint, .double, .string, .boolean][field % 4])
    }

    /// Forty fields of four types, all of them read, in about 800 bytes.
    static func manyColumns(count: Int) -> JSONRecords {
        var generator = SeededRandom(seed: 5)
        return JSONRecords(
            (0..<count).map { _ in
                let members = manyFields.enumerated().map { field, one in
                    let number = generator.next() % 100_000
                    let value =
                        switch field % 4 {
                        case 0: "\(number)"
                        case 1: "\(number).5"
                        case 2: #""value \#(number)""#
                        default: number % 2 == 0 ? "true" : "false"
                        }
                    return #""\#(one.0)":\#(value)"#
                }
                return "{" + members.joined(separator: ",") + "}"
            })
    }

    static let wideFields: [(String, LogicalType)] = [("id", .bigint), ("wanted", .string)]

    /// Two fields among 40 that nobody reads, objects and arrays among them, in about 1,100 bytes.
    static func wide(count: Int) -> JSONRecords {
        var generator = SeededRandom(seed: 4)
        return JSONRecords(
            (0..<count).map { index in
                var members = [#""id":\#(index)"#]
                for field in 0..<40 {
                    let value: String
                    switch field % 4 {
                    case 0: value = "\(generator.next() % 1_000_000)"
                    case 1: value = #""value \#(generator.next() % 1000)""#
                    case 2: value = #"{"a":\#(field),"b":[1,2,{"c":"d"}]}"#
                    default: value = "[\(field),true,null]"
                    }
                    members.append(#""field_\#(field)":\#(value)"#)
                    if field == 30 { members.append(#""wanted":"this one""#) }
                }
                return "{" + members.joined(separator: ",") + "}"
            })
    }
}
