internal import Dataflow
internal import Foundation

/// Compares what was put aside with what should have been.
enum DeadLetterMatch {
    /// What a test file may say of a dead letter, with the column that has it.
    static let columns = [
        "table": "operator", "operator": "operator", "reason": "reason", "message": "message", "topic": "topic",
        "partition": "partition", "offset": "offset", "key": "raw_key", "value": "raw_value",
    ]
    private static let bytes: Set<String> = ["raw_key", "raw_value"]
    /// Of which a part is enough.
    private static let partial: Set<String> = ["message"]

    /// A dead letter by its columns, as people read them.
    typealias Letter = [String: String]

    /// The dead letters that went to a table.
    static func letters(_ table: CapturedTable) -> [Letter] {
        table.rows.map { row in
            var letter: Letter = [:]
            for (field, text) in zip(table.target.fields, row.texts) where text != RowTexts.null {
                letter[field.name] = readable(text, column: field.name)
            }
            return letter
        }
    }

    static func compare(_ expected: [ExpectedDeadLetter], _ letters: [Letter], line: Int) -> TableComparison {
        var left = letters
        var differences: [RowDifference] = []
        // Those that say more choose first, so that a reason alone does not take another's.
        for item in expected.sorted(by: { $0.values.count > $1.values.count }) {
            if let index = left.firstIndex(where: { matches(item, $0) }) {
                left.remove(at: index)
            } else {
                let values = item.values.map { "\($0.name): \($0.text)" }.joined(separator: ", ")
                differences.append(.missing(line: item.line, row: "{\(values)}"))
            }
        }
        differences += left.map { .unexpected(row: text($0)) }
        return TableComparison(
            subject: "dead letters", line: line, expectedCount: expected.count, actualCount: letters.count,
            differences: differences)
    }

    private static func matches(_ expected: ExpectedDeadLetter, _ letter: Letter) -> Bool {
        expected.values.allSatisfy { name, text in
            guard let actual = letter[name] else { return false }
            return partial.contains(name) ? actual.contains(text) : actual == text
        }
    }

    private static func text(_ letter: Letter) -> String {
        let shown = ["operator", "reason", "message", "partition", "offset", "raw_value"]
        return "{" + shown.compactMap { name in letter[name].map { "\(name): \($0)" } }.joined(separator: ", ") + "}"
    }

    private static func readable(_ json: String, column: String) -> String {
        guard let text = try? JSONDecoder().decode(String.self, from: Data(json.utf8)) else { return json }
        guard bytes.contains(column), let data = Data(base64Encoded: text) else { return text }
        return String(decoding: data, as: UTF8.self)
    }
}
