internal import Columnar

/// Reads a table's options by type and gathers what is wrong with them.
package struct OptionReader {
    /// As written in the table's WITH clause.
    package let options: [String: String]
    /// What was wrong so far, in the order in which it was found.
    package private(set) var problems: [TableProblem] = []

    package init(_ options: [String: String]) {
        self.options = options
    }

    /// Adds a problem of an option.
    package mutating func report(_ option: String, _ message: String) {
        problems.append(TableProblem(option: option, message: message))
    }

    /// Reports every option that is not in `known` and starts with none of `prefixes`.
    package mutating func reportUnknown(connector: String, known: Set<String>, prefixes: [String] = []) {
        for name in options.keys.sorted() where !known.contains(name) && !prefixes.contains(where: name.hasPrefix) {
            let nearest = NearestName.of(name, in: known).map { "; did you mean '\($0)'?" } ?? ""
            report(name, "the connector '\(connector)' has no option '\(name)'\(nearest)")
        }
    }

    /// As written; nil if not set.
    package func text(_ option: String) -> String? { options[option] }

    /// The parts of a list separated by `separator`, without white space around them and without empty ones; nil if not set.
    package func list(_ option: String, separator: Character = ";") -> [String]? {
        options[option]?.split(separator: separator).map { part in
            let start = part.drop(while: \.isWhitespace)
            return String(start.reversed().drop(while: \.isWhitespace).reversed())
        }.filter { !$0.isEmpty }
    }

    /// One of some words, letter case ignored; anything else is reported.
    package mutating func choice<Value>(_ option: String, _ choices: [(String, Value)], default value: Value) -> Value {
        guard let text = options[option] else { return value }
        if let found = choices.first(where: { $0.0 == text.lowercased() }) { return found.1 }
        let allowed = choices.map { "'\($0.0)'" }.joined(separator: ", ")
        report(option, "'\(option)' is '\(text)'; allowed are \(allowed)")
        return value
    }

    /// `true` or `false`, letter case ignored; anything else is reported.
    package mutating func flag(_ option: String, default value: Bool) -> Bool {
        choice(option, [("true", true), ("false", false)], default: value)
    }

    /// A whole number; one outside of `range`, or none, is reported.
    package mutating func count(_ option: String, in range: ClosedRange<Int>, default value: Int) -> Int {
        guard let text = options[option] else { return value }
        if let count = Int(text), range.contains(count) { return count }
        report(
            option,
            "'\(option)' is '\(text)'; allowed are whole numbers from \(range.lowerBound) to \(range.upperBound)")
        return value
    }

    /// `option`, rows, and `option-percent`, of the rows of the same time.
    package mutating func deadLetterLimit(_ option: String) -> DeadLetterLimit {
        var limit = DeadLetterLimit()
        limit.count = count(option, in: 0...Int(Int32.max), default: limit.count)
        guard let text = options[option + "-percent"] else { return limit }
        if let percent = Double(text), (0...100).contains(percent) {
            limit.percent = percent
        } else {
            report(option + "-percent", "'\(option)-percent' is '\(text)'; allowed are numbers from 0 to 100")
        }
        return limit
    }

    /// A duration as Flink writes it: `10 s`, `500ms`, `5 min`, `1 h`, `2 d`; a bare number counts milliseconds.
    package mutating func duration(_ option: String, default value: Duration?) -> Duration? {
        guard let text = options[option] else { return value }
        if let duration = DurationText.parse(text) { return duration }
        report(option, "'\(option)' is '\(text)'; write a number with a unit, such as '10 s', '500 ms' or '5 min'")
        return value
    }

    /// A number of bytes as Flink writes it: `64 mb`, `1g`, `512 kb`; a bare number counts bytes.
    package mutating func byteCount(_ option: String, default value: Int) -> Int {
        guard let text = options[option] else { return value }
        if let bytes = ByteCountText.parse(text), bytes > 0 { return bytes }
        report(option, "'\(option)' is '\(text)'; write a number with a unit, such as '64 mb'")
        return value
    }
}
