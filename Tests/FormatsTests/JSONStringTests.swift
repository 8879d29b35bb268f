import Columnar
import Testing

@testable import Formats

struct JSONStringTests {
    static func read(_ text: String) throws -> String {
        try decoded("{\"a\":\(text)}", [("a", .string)])[0]
    }

    static func code(bytes: [UInt8]) throws -> DecodeStatus.Code {
        let document = Array(#"{"a":""#.utf8) + bytes + Array(#"","b":1}"#.utf8)
        let read = try Reader([("a", .string)]).decode(document)
        let skipped = try Reader([("b", .int)]).decode(document)
        #expect(read == skipped)
        return read.code
    }

    @Test(arguments: [
        (#""""#, ""), (#""plain""#, "plain"), (#""eight ch""#, "eight ch"),
        (#""more than eight characters""#, "more than eight characters"),
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"), (#""\u0041\u00e9\u20ac""#, "Aé€"), (#""\ud83d\ude00""#, "😀"),
        (#""\uD83D\uDE00x""#, "😀x"), (#""a\u0000b""#, "a\0b"), (#""żółć 七人の侍 😀""#, "żółć 七人の侍 😀"),
        (#""1234567\n""#, "1234567\n"), (#""12345678\n9""#, "12345678\n9"), (#""\u007f""#, "\u{7f}"),
        (#""\udbff\udfff""#, "\u{10ffff}"), (#""\ue000\uffff""#, "\u{e000}\u{ffff}"),
    ])
    func textIsUnescaped(text: String, value: String) throws {
        #expect(try Self.read(text) == value)
    }

    @Test func escapesStandAtEveryPosition() throws {
        for length in 0..<20 {
            for position in 0...length {
                let before = String(repeating: "x", count: position)
                let after = String(repeating: "y", count: length - position)
                #expect(try Self.read("\"\(before)\\n\(after)\"") == "\(before)\n\(after)")
                #expect(try Self.read("\"\(before)é\(after)\"") == "\(before)é\(after)")
                #expect(try Self.read("\"\(before)😀\\u00e9\(after)\"") == "\(before)😀é\(after)")
            }
        }
    }

    @Test func otherValuesAreTakenAsTheyAreWritten() throws {
        for text in ["12.50", "true", "false", #"{"x": [1, "a\n"]}"#, "[ ]", "-1e5"] {
            #expect(try Self.read(text) == text)
        }
        #expect(try Self.read("null") == "null")
        #expect(try status(#"{"a":{"x":}}"#, [("a", .string)]).code == .unexpectedByte)
    }

    @Test(
        arguments: [
            [0x80], [0xc0, 0x80], [0xc1, 0xbf], [0xc3], [0xc3, 0x28], [0xe0, 0x80, 0x80], [0xe0, 0x9f, 0xbf],
            [0xe2, 0x82], [0xe2, 0x28, 0xa1], [0xed, 0xa0, 0x80], [0xed, 0xbf, 0xbf], [0xf0, 0x80, 0x80, 0x80],
            [0xf0, 0x8f, 0xbf, 0xbf], [0xf0, 0x9f, 0x98], [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xff],
            [0xfe],
        ] as [[UInt8]])
    func invalidUTF8Fails(bytes: [UInt8]) throws {
        #expect(try Self.code(bytes: bytes) == .invalidUTF8)
        #expect(try Self.code(bytes: Array("seven c".utf8) + bytes) == .invalidUTF8)
        let key = Array("{\"".utf8) + bytes + Array("\":1}".utf8)
        #expect(try Reader([("a", .string)]).decode(key).code == .invalidUTF8)
    }

    @Test func everyScalarIsAcceptedAsItselfAndAsAnEscape() throws {
        let reader = try Reader([("a", .string)])
        var wrong: [UInt32] = []
        for value in stride(from: UInt32(0x20), through: 0x10ffff, by: 37) {
            guard let scalar = Unicode.Scalar(value), scalar != "\"", scalar != "\\" else { continue }
            let units = Array(String(scalar).utf16)
            let escape = units.map { unit in
                let digits = String(unit, radix: 16)
                return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }.joined()
            for text in [String(scalar), escape] {
                if !reader.decode("{\"a\":\"\(text)\"}").isSuccess || reader.rows() != [[String(scalar)]] {
                    wrong.append(value)
                }
            }
        }
        #expect(wrong.isEmpty)
    }

    @Test(arguments: [
        (#"\x"#, DecodeStatus.Code.invalidEscape), (#"\u12g4"#, .invalidEscape), (#"\u123"#, .invalidEscape),
        (#"\U0041"#, .invalidEscape), (#"\ud83d"#, .loneSurrogate), (#"\ude00"#, .loneSurrogate),
        (#"\ud83dx"#, .loneSurrogate), (#"\ud83d\n"#, .loneSurrogate), (#"\ud83d\ud83d"#, .loneSurrogate),
        ("\u{1}", .controlCharacter), ("a\nb", .controlCharacter), ("\t", .controlCharacter), ("\0", .controlCharacter),
    ])
    func badStringsFail(text: String, code: DecodeStatus.Code) throws {
        #expect(try Self.code(bytes: Array(text.utf8)) == code)
    }

    @Test func failuresSayWhereAndInWhichField() throws {
        let reader = try Reader([("a", .string), ("b", .int)])
        let status = reader.decode(#"{"a":"x","b":true}"#)
        #expect(status == DecodeStatus(.notANumber, field: 1, byteOffset: 13))
        #expect(status.message(fields: reader.decoder.fields) == "byte 13: not a number (field b INT)")
        for code in DecodeStatus.Code.allCases {
            #expect(!DecodeStatus(code).message(fields: []).isEmpty)
        }
    }

    @Test func bytesAreBase64() throws {
        for (text, value) in [
            (#""""#, ""), (#""AA==""#, "0"), (#""AAE=""#, "0 1"), (#""AAEC""#, "0 1 2"), (#""+\/+\/""#, "fb ff bf"),
            (#""\u0041A==""#, "0"), ("null", "null"),
        ] {
            #expect(try decoded("{\"a\":\(text)}", [("a", .bytes)]) == [value])
        }
        for text in [
            #""A""#, #""AA=""#, #""AA""#, #""AA==AA==""#, #""AB==""#, #""A-_A""#, #""====""#, #""AA A""#, #""=AAA""#,
        ] {
            #expect(try status("{\"a\":\(text)}", [("a", .bytes)]).code == .invalidBase64, "\(text)")
        }
        #expect(try status(#"{"a":5}"#, [("a", .bytes)]).code == .notAString)
    }
}
