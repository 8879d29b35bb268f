internal import Columnar
internal import Foundation
internal import Logging

/// One event of the log as one line, whatever its texts hold. Pure value.
struct LogLine {
    var time: String
    var level: Logger.Level
    var message: String
    var fields: [String: String]

    /// More of one text is not shown: a line stays something that collectors of logs take.
    static let maximumTextByteCount = 8192
    /// Fields that are numbers in JSON; a field has the same type in every line.
    static let numbers: Set<String> = ["epoch", "partition", "offset", "subtask", "suppressed", "attempt"]

    /// With its line end.
    func text(_ format: ServiceConfiguration.LogFormat) -> String {
        let sorted = fields.sorted { $0.key < $1.key }
        switch format {
        case .text:
            var line = "\(time) \(level.rawValue.uppercased()) \(Self.plain(Self.bounded(message)))"
            for (name, value) in sorted { line += " \(Self.plain(name))=\(Self.word(Self.bounded(value)))" }
            return line + "\n"
        case .json:
            var line = "{\"time\":\(Self.json(time)),\"level\":\"\(level.rawValue)\""
            line += ",\"message\":\(Self.json(Self.bounded(message)))"
            // The three are the line's own.
            for (name, value) in sorted where !["time", "level", "message"].contains(name) {
                line += ",\(Self.json(name)):\(Self.value(value, of: name))"
            }
            return line + "}\n"
        }
    }

    private static func bounded(_ text: String) -> String {
        let count = text.utf8.count
        guard count > maximumTextByteCount else { return text }
        let kept = String(decoding: text.utf8.prefix(maximumTextByteCount), as: UTF8.self)
        return kept + "... (\(count - maximumTextByteCount) more bytes)"
    }

    /// Line ends and everything else that steers a terminal become visible.
    private static func plain(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where isControl(scalar): result += "\\u{\(String(scalar.value, radix: 16))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029: true
        // Marks that turn the direction of what follows.
        case 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    private static func word(_ value: String) -> String {
        let text = plain(value)
        guard text.isEmpty || text.unicodeScalars.contains(where: { $0 == " " || $0 == "\"" || $0 == "=" }) else {
            return text
        }
        return "\"\(text.replacingOccurrences(of: "\"", with: "\\\""))\""
    }

    private static func value(_ value: String, of name: String) -> String {
        if numbers.contains(name), let number = Int64(value), String(number) == value { return value }
        return json(bounded(value))
    }

    /// A string literal of JSON, without anything that steers a terminal.
    static func json(_ text: String) -> String { JSONText.quoted(text, escaping: isControl) }
}
