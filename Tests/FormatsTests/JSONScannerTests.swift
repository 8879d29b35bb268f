import Columnar
import Testing

@testable import Formats

struct JSONScannerTests {
    static let ratings: [(String, LogicalType)] = [
        ("user_id", .bigint), ("movie_id", .bigint), ("rating", .double), ("ts", .timestampLTZ(precision: 3)),
        ("device", .string),
    ]

    @Test func fieldsAreFoundInSchemaOrder() throws {
        let row = try decoded(
            #"{"user_id":123456,"movie_id":42,"rating":4.5,"ts":1700000000123,"device":"tv"}"#, Self.ratings)
        #expect(row == ["123456", "42", "4.5", "1700000000123000", "tv"])
    }

    @Test func fieldsAreFoundInAnyOrderWithSpace() throws {
        let reader = try Reader(Self.ratings)
        for _ in 0..<3 {
            #expect(
                reader.decode(
                    " {\n\t\"device\" : \"tv\" , \"ts\": 1700000000123 ,\r\n\"rating\":4.5,\"movie_id\":42, \"user_id\":1 } \n"
                ).isSuccess)
            #expect(
                reader.decode(#"{"user_id":1,"movie_id":42,"rating":4.5,"ts":1700000000123,"device":"tv"}"#).isSuccess
            )
        }
        let rows = reader.rows()
        #expect(rows.count == 6)
        for row in rows { #expect(row == ["1", "42", "4.5", "1700000000123000", "tv"]) }
    }

    @Test func missingFieldsAndNullsAreNull() throws {
        #expect(try decoded("{}", Self.ratings) == ["null", "null", "null", "null", "null"])
        #expect(
            try decoded(#"{"user_id":null,"rating":null,"ts":null,"device":null,"movie_id":7}"#, Self.ratings)
                == ["null", "7", "null", "null", "null"])
    }

    @Test func theLastOfDuplicateKeysWins() throws {
        #expect(try decoded(#"{"a":1,"a":2}"#, [("a", .bigint)]) == ["2"])
        #expect(try decoded(#"{"a":1,"a":null}"#, [("a", .bigint)]) == ["null"])
        #expect(try decoded(#"{"a":"long","a":"b"}"#, [("a", .string)]) == ["b"])
        #expect(
            try decoded(#"{"o":{"a":1,"b":2},"o":{"b":3}}"#, [("o.a", .bigint), ("o.b", .bigint)]) == ["null", "3"])
        #expect(try decoded(#"{"o":{"a":1},"o":null}"#, [("o.a", .bigint)]) == ["null"])
    }

    @Test func nestedFieldsAreAddressedByPath() throws {
        let fields: [(String, LogicalType)] = [
            ("id", .bigint), ("user.name.first", .string), ("user.age", .int), ("user.name.last", .string),
        ]
        #expect(
            try decoded(
                #"{"user":{"age":5,"name":{"last":"B","x":[1,{"first":"no"}],"first":"A"}},"id":9}"#, fields)
                == ["9", "A", "5", "B"])
        #expect(try decoded(#"{"id":1,"user":null}"#, fields) == ["1", "null", "null", "null"])
        #expect(try decoded(#"{"id":1,"user":{"name":null,"age":3}}"#, fields) == ["1", "null", "3", "null"])
        #expect(try status(#"{"id":1,"user":5}"#, fields).code == .notAnObject)
        #expect(try status(#"{"id":1,"user":[]}"#, fields).code == .notAnObject)
    }

    @Test func unknownFieldsAreSkipped() throws {
        let row = try decoded(
            #"{"x":[1,2,{"y":[[]],"z":"\"}"}],"user":"no","user_id":1,"user_idx":2,"n":{"user_id":3},"e":-1.5e+3,"t":true}"#,
            [("user_id", .bigint)])
        #expect(row == ["1"])
    }

    @Test func moreUnknownFieldsThanAreRememberedAreSkipped() throws {
        let reader = try Reader([("a", .int), ("o.b", .int)])
        let unknown = (0..<200).map { "\"unknown \($0)\":[\($0)],\"\(String(repeating: "x", count: $0))\":{}" }
        for round in 0..<5 {
            let members = unknown.shuffled().joined(separator: ",")
            #expect(
                reader.decode("{\(members),\"a\":\(round),\"o\":{\(members),\"b\":7},\"unknown 5\":null}").isSuccess)
        }
        #expect(reader.rows() == (0..<5).map { [String($0), "7"] })
        #expect(!reader.decode(#"{"unknown 0":tru}"#).isSuccess)
        #expect(!reader.decode(#"{"unknown 0" 1}"#).isSuccess)
        #expect(reader.decode(#"{"unknown 0" :{"a":5},"b":2}"#).isSuccess)
        #expect(reader.rows() == [["null", "null"]])
    }

    @Test func keysWithEscapesAreTheKeysTheySpell() throws {
        #expect(try decoded(#"{"\u0061b":1}"#, [("ab", .bigint)]) == ["1"])
        #expect(
            try decoded(#"{"a\"b":1,"a\\":2,"a\nb":3}"#, [("a\"b", .int), ("a\\", .int), ("a\nb", .int)]) == [
                "1", "2", "3",
            ])
        #expect(try decoded(#"{"ключ":1,"😀":2}"#, [("ключ", .int), ("😀", .int)]) == ["1", "2"])
        #expect(try decoded(#"{"\ud83d\ude00":2}"#, [("😀", .int)]) == ["2"])
        #expect(try decoded(#"{"":2}"#, [("a", .int)]) == ["null"])
    }

    @Test func longKeysAreComparedWhole() throws {
        let names = ["abcdefg", "abcdefgh", "abcdefghi", "abcdefghijklmnop", "abcdefghijklmnopq", "abcdefghijklmnoq"]
        let fields = names.map { ($0, LogicalType.int) }
        let json = "{" + names.enumerated().map { "\"\($1)\":\($0)" }.joined(separator: ",") + "}"
        #expect(try decoded(json, fields) == ["0", "1", "2", "3", "4", "5"])
        let reversed = "{" + names.enumerated().reversed().map { "\"\($1)\":\($0)" }.joined(separator: ",") + "}"
        #expect(try decoded(reversed, fields) == ["0", "1", "2", "3", "4", "5"])
    }

    @Test func aFailedRowLeavesNothingBehind() throws {
        let reader = try Reader([("a", .string), ("b", .bigint), ("c", .bigint)])
        #expect(reader.decode(#"{"a":"one","b":1}"#).isSuccess)
        #expect(!reader.decode(#"{"a":"two","b":2,"c":"x"}"#).isSuccess)
        #expect(reader.decode(#"{"c":3}"#).isSuccess)
        #expect(reader.rows() == [["one", "1", "null"], ["null", "null", "3"]])
    }

    @Test func notNullIsEnforced() throws {
        let fields: [(String, LogicalType)] = [("a", .int), ("b!", .int)]
        #expect(try decoded(#"{"b":1}"#, fields) == ["null", "1"])
        let missing = try status(#"{"a":1}"#, fields)
        #expect(missing.code == .nullInNotNullField && missing.field == 1)
        #expect(try status(#"{"a":1,"b":null}"#, fields).code == .nullInNotNullField)
        #expect(try decoded(#"{"b":null,"b":2}"#, fields) == ["null", "2"])
    }

    @Test func missingFieldsFailWhenAsked() throws {
        let options = ["fail-on-missing-field": "true"]
        let fields: [(String, LogicalType)] = [("a", .int), ("o.b", .int)]
        #expect(try decoded(#"{"a":null,"o":{"b":1}}"#, fields, options: options) == ["null", "1"])
        #expect(try decoded(#"{"a":null,"o":null}"#, fields, options: options) == ["null", "null"])
        #expect(try status(#"{"a":1}"#, fields, options: options).code == .missingField)
        #expect(try status(#"{"a":1,"o":{}}"#, fields, options: options).code == .missingField)
        #expect(try status(#"{"a":1,"o":{"b":1},"o":{}}"#, fields, options: options).code == .missingField)
    }

    @Test func valuesThatDoNotConvertAreNullWhenErrorsAreIgnored() throws {
        let options = ["ignore-parse-errors": "true"]
        let fields: [(String, LogicalType)] = [("a", .int), ("o.b", .int), ("c", .date)]
        #expect(
            try decoded(#"{"a":"x","o":[{"b":1}],"c":"2020-13-01"}"#, fields, options: options)
                == ["null", "null", "null"])
        #expect(
            try decoded(#"{"a":1e99,"o":{"b":{}},"c":[1,2]}"#, fields, options: options) == ["null", "null", "null"])
        #expect(try status(#"{"a":"x""#, fields, options: options).code == .truncated)
        #expect(try status(#"{"a":[tru]}"#, fields, options: options).code == .unexpectedByte)
    }
}
