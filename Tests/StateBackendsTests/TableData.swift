import Columnar
import StateBackends
import TestKit

/// Schemas of keys and values of every kind, and rows of them.
enum TableShape: CaseIterable {
    case fixed
    case texts
    case wide

    /// Keys, then values; where there is a time it is the last column.
    func schema(withTime: Bool) -> Schema {
        var fields =
            switch self {
            case .fixed:
                [
                    Field("user", .bigint, isNullable: false), Field("film", .bigint, isNullable: false),
                    Field("rating", .double), Field("seen", .boolean),
                ]
            case .texts: [Field("name", .string, isNullable: false), Field("title", .string), Field("year", .int)]
            case .wide:
                [
                    Field("amount", .decimal(precision: 38, scale: 2), isNullable: false),
                    Field("day", .date, isNullable: false), Field("flag", .boolean, isNullable: false),
                    Field("code", .bytes, isNullable: false), Field("weight", .double, isNullable: false),
                    Field("total", .decimal(precision: 30, scale: 0)), Field("note", .string),
                ]
            }
        if withTime { fields.append(Field("ts", .timestampLTZ(precision: 3))) }
        return Schema(fields)
    }

    var keyColumns: [Int] {
        switch self {
        case .fixed: [0, 1]
        case .texts: [0]
        case .wide: [0, 1, 2, 3, 4]
        }
    }

    /// The key of number `number`: equal numbers, equal keys.
    func key(_ number: Int64) -> [TestValue] {
        switch self {
        case .fixed: [.integer(number / 16), .integer(number % 16)]
        case .texts: [.text(Self.text(number))]
        case .wide:
            [
                .integer(number * 1_000_003), .integer(number % 7), .integer(number % 2), .text(Self.text(number / 3)),
                .double(Double(number) / 4),
            ]
        }
    }

    func values(_ random: inout SeededRandom) -> [TestValue] {
        let number = Int64.random(in: 0..<1000, using: &random)
        let isNull = random.happens(0.2)
        return switch self {
        case .fixed: [isNull ? nil : .double(Double(number) / 2), number % 5 == 0 ? nil : .integer(number % 2)]
        case .texts: [isNull ? nil : .text(Self.text(number)), number % 5 == 0 ? nil : .integer(number)]
        case .wide: [isNull ? nil : .integer(number), number % 5 == 0 ? nil : .text(Self.text(number))]
        }
    }

    /// Empty, short and long ones, of which many have equal beginnings.
    static func text(_ number: Int64) -> String {
        switch number % 4 {
        case 0: number == 0 ? "" : "\(number)"
        case 1: "film \(number)"
        case 2: "a film of the number \(number), rather long"
        default: String(repeating: "long ", count: Int(number % 50)) + "\(number)"
        }
    }
}

let everyKeyGroup = KeyGroupPlacement(owned: 0..<KeyGroup.defaultCount, count: KeyGroup.defaultCount)
