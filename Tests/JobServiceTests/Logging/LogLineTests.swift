import Foundation
import Logging
import Testing

@testable import JobService

struct LogLineTests {
    private func line(_ message: String, _ fields: [String: String] = [:]) -> LogLine {
        LogLine(time: "12:00:00", level: .warning, message: message, fields: fields)
    }

    @Test(arguments: ["a\nb", "a\r\nb", "a\u{2028}b", "a\u{85}b", "a\u{1b}[31mb", "a\0b", "a\u{202e}b"])
    func anEventIsOneLineOfPrintableText(text: String) {
        for format in [ServiceConfiguration.LogFormat.text, .json] {
            let written = line(text, ["error": text, text: "x"]).text(format)
            #expect(written.hasSuffix("\n"))
            let inner = written.unicodeScalars.dropLast()
            #expect(inner.allSatisfy { $0.value >= 0x20 && !(0x7F..<0xA0).contains($0.value) && $0.value < 0x2000 })
        }
    }

    @Test func textQuotesWhatHasSpaces() {
        let written = line("It broke", ["b": "two words", "a": "one", "c": "say \"x\"=1", "d": "", "e": "l1\nl2"])
            .text(.text)
        #expect(
            written == "12:00:00 WARNING It broke a=one b=\"two words\" c=\"say \\\"x\\\"=1\" d=\"\" e=l1\\nl2\n")
    }

    @Test func jsonHasFieldsAsKeysAndNumbersAsNumbers() throws {
        let written = line(
            "say \"x\"\\\n", ["epoch": "12", "partition": "3", "error": "7", "message": "mine", "offset": "?"]
        ).text(.json)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(written.utf8)) as? [String: Any])
        #expect(object["message"] as? String == "say \"x\"\\\n" && object["level"] as? String == "warning")
        #expect(object["epoch"] as? Int == 12 && object["partition"] as? Int == 3)
        #expect(object["error"] as? String == "7" && object["offset"] as? String == "?")
        #expect(object["time"] as? String == "12:00:00" && object.count == 7)
    }

    @Test func aLineHasAnEnd() {
        let long = String(repeating: "x", count: 100_000)
        let written = line(long, ["error": long]).text(.json)
        #expect(written.utf8.count < 2 * LogLine.maximumTextByteCount + 500)
        #expect(written.contains("more bytes"))
    }
}
