import Columnar
import Foundation
import TestKit
import Testing

@testable import Formats

/// Accepts what RFC 8259 accepts and nothing else, wherever it stands: read or skipped.
struct JSONSyntaxTests {
    /// Values, each to stand alone, in an array and as a member.
    static let goodValues = [
        "null", "true", "false", "0", "-0", "1", "-1", "1.5", "-0.1", "1e5", "1E5", "1e+5", "1e-5", "1.25e10", "0e0",
        "0.0",
        "123456789012345678901234567890", #""""#, #""a""#, #""\u0000""#, #""\"\\\/\b\f\n\r\t""#, #""é€😀""#,
        "\"\u{7f}\"", "\"\u{2028}\u{2029}\"", #""\uD834\uDd1e""#, "[]", "[ ]", "{}", "{ }", "[1,2]", "[1 , 2 ]",
        "[[],[[]]]",
        #"{"a":1}"#, #"{"":0}"#, #"{"a":{"b":{"c":[]}}}"#, #"[{"a":1},{"b":2}]"#, "[null,true,false]",
        #"{"a":1,"a":2}"#,
        #"{"\u0061":1}"#, "[\n\t\r 1]", #"["\ufffe"]"#, #"{"min":-1.0e+28,"max":1.0e+28}"#,
    ]

    static let badValues = [
        "", "nul", "nulll", "True", "TRUE", "tru", "fals", "NaN", "Infinity", "-Infinity", "-", "+1", "01", "-01", "1.",
        ".5",
        "1.e5", "1e", "1e+", "1eE2", "0x1F", "1_000", "1 000", "--1", "-a", "1a", "0.3e+", "2.e3", "9.3e+", "++1",
        "1+2", "1/2",
        "\"", "\"a", "'a'", "a", "\"\\x00\"", "\"\\\"", "\"\\u12\"", "\"\\u12G4\"", "\"\\U0041\"", "\"\\a\"", "\"\n\"",
        "\"\t\"", "\"\u{0}\"", "\"\u{1f}\"", "\"\\\u{0}\"", "\"a\\\n\"", "[", "]", "[1", "[1,", "[,1]", "[1,]",
        "[1,,2]", "[,]",
        "[1 2]", "[1;2]", "[1:2]", "[\"a\"", "[\"a\",\n4\n,1,", "{", "}", "{\"a\"}", "{\"a\":}", "{\"a\":1",
        "{\"a\":1,}",
        "{,\"a\":1}", "{\"a\" 1}", "{a:1}", "{1:1}", "{'a':1}", "{\"a\":1,,\"b\":2}", "{\"a\":1 \"b\":2}", "{\"a\"::1}",
        "{\"a\":1:2}", "{\"a\",1}", "{\"a\":1;}", "{null:1}", "{[]:1}", "[}", "{]", "[1}", "{\"a\":1]", "[[]",
        "{\"a\":{}",
        "1]", "1}", "/**/1", "1//", "[1]]", "{}}", "[\u{b}]", "[\u{c}]", "\u{a0}1", "[\u{2060}]", "<null>",
        "[\"\": 1]", "[1\n,1\n,1", "*", "{\"x\"::\"b\"}", "{9999E9999:1}", "{\"a\":/*c*/\"b\"}", "{\"a\":true} \"x\"",
        "@",
    ]

    static func accepts(_ document: String, fields: [(String, LogicalType)]) throws -> Bool {
        try Reader(fields).decode(document).isSuccess
    }

    static func foundationAccepts(_ document: String) -> Bool {
        (try? JSONSerialization.jsonObject(with: Data(document.utf8))) != nil
    }

    /// The documents that a value is tried in.
    static func documents(_ value: String) -> [String] {
        [
            "{\"v\":\(value)}", "{\"u\":\(value),\"v\":1}", "{\"v\":1,\"u\":\(value)}", " { \"u\" : \(value) } ",
            "{\"u\":[\(value)]}", "{\"u\":[0,\(value),{\"w\":\(value)}]}", "{\"o\":{\"u\":\(value),\"p\":2}}",
        ]
    }

    static let schemas: [[(String, LogicalType)]] = [
        [("x", .int)], [("v", .string)], [("u", .string), ("v", .string)], [("o.p", .string)], [],
    ]

    @Test(arguments: goodValues)
    func goodValuesAreAccepted(value: String) throws {
        for document in Self.documents(value) {
            for schema in Self.schemas { #expect(try Self.accepts(document, fields: schema), "\(document) \(schema)") }
            #expect(Self.foundationAccepts(document), "\(document)")
        }
    }

    @Test(arguments: badValues)
    func badValuesAreRefused(value: String) throws {
        for document in Self.documents(value) {
            // An empty array is what becomes of nothing in brackets.
            if value.isEmpty && document == "{\"u\":[]}" { continue }
            for schema in Self.schemas { #expect(try !Self.accepts(document, fields: schema), "\(document) \(schema)") }
        }
    }

    /// Foundation takes some documents that RFC 8259 does not allow, so only its refusals must be shared.
    @Test func whatFoundationRefusesIsRefused() throws {
        for value in Self.badValues {
            for document in Self.documents(value) where !Self.foundationAccepts(document) {
                #expect(try !Self.accepts(document, fields: [("v", .string)]), "\(document)")
            }
        }
    }

    @Test(arguments: [
        "", " ", "\n\t", "null", "1", "\"a\"", "[]", "[{}]", "true", "\u{feff}{}", "x", "{} x", "{}{}", "{},",
    ])
    func otherDocumentsAreRefused(document: String) throws {
        #expect(try !Self.accepts(document, fields: [("a", .int)]))
    }

    @Test func documentErrorsHaveTheirCodes() throws {
        for (document, code) in [
            ("", DecodeStatus.Code.empty), (" ", .truncated), ("[]", .rootIsNotObject), ("null", .rootIsNotObject),
            ("{} x", .trailingBytes), ("{}\u{0}", .trailingBytes), ("{", .truncated), (#"{"a":1"#, .truncated),
            (#"{"a":1 x}"#, .unexpectedByte),
            (#"{"a":"#, .truncated), (#"{"a":"\u00"#, .truncated), (#"{"a":tr"#, .truncated), (#"{"b":nu"#, .truncated),
        ] {
            #expect(try status(document, [("a", .string)]).code == code, "\(document)")
        }
    }

    @Test func nestingIsLimited() throws {
        func nested(_ depth: Int, _ open: String, _ close: String) -> String {
            "{\"u\":" + String(repeating: open, count: depth - 1) + String(repeating: close, count: depth - 1) + "}"
        }
        let limit = JSONScanner.maximumDepth
        #expect(try Self.accepts(nested(limit, "[", "]"), fields: [("x", .int)]))
        #expect(try Self.accepts(nested(limit, "[", "]"), fields: [("u", .string)]))
        #expect(try status(nested(limit + 1, "[", "]"), [("x", .int)]).code == .tooDeep)
        #expect(try status(nested(limit + 1, "[", "]"), [("u", .string)]).code == .tooDeep)
        #expect(try status(String(repeating: "{\"u\":", count: 100_000), [("x", .int)]).code == .tooDeep)
        let path = Array(repeating: "u", count: limit - 1).joined(separator: ".")
        let deep = String(repeating: "{\"u\":", count: limit - 1) + "7" + String(repeating: "}", count: limit - 1)
        #expect(try decoded(deep, [(path, .int)]) == ["7"])
        #expect(throws: FormatsError.self) { try Reader([(path + ".u.u", .int)]) }
    }

    /// Random edits of good documents: both parsers agree on what is still one.
    @Test func editedDocumentsAreJudgedAsByFoundation() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededRandom(seed: seed)
        let alphabet = Array("{}[]\",:0123456789.eE+-\\unltrfas x".utf8)
        var differences: [String] = []
        for _ in 0..<3000 {
            let value = Self.goodValues[Int.random(in: 0..<Self.goodValues.count, using: &generator)]
            guard value.utf8.allSatisfy({ $0 < 0x80 && $0 >= 0x20 }), !value.contains("12345678901234567890") else {
                continue
            }
            var bytes = Array("{\"u\":\(value),\"v\":[\(value)]}".utf8)
            for _ in 0..<Int.random(in: 1...2, using: &generator) {
                let position = Int.random(in: 0..<bytes.count, using: &generator)
                let byte = alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[position] = byte
                case 1: bytes.insert(byte, at: position)
                default: bytes.remove(at: position)
                }
            }
            let document = String(decoding: bytes, as: UTF8.self)
            // Foundation refuses numbers that no double holds, and takes a comma after the last element or member.
            guard !document.contains(/[eE][+-]?[0-9]{3,}/), !document.contains(/,\s*[\]}]/) else { continue }
            if try Self.accepts(document, fields: [("u", .string)]) != Self.foundationAccepts(document) {
                differences.append(document)
            }
        }
        #expect(differences.isEmpty, "seed \(seed)")
    }
}
