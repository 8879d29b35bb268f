internal import Foundation

extension TestReport {
    /// Rows that are shown of each table.
    static let shownCount = 20

    /// For a terminal.
    package var text: String {
        var lines: [String] = []
        for file in files {
            lines.append(file.path)
            if let error = file.error { lines += Self.indented("cannot be run:\n\(error)", by: 2) }
            for test in file.cases {
                let time = String(format: "%.1f ms", test.milliseconds)
                lines.append("  \(test.passed ? "ok   " : "FAIL ") \(test.name) (\(time))")
                lines += test.detail(file: file.path).flatMap { Self.indented($0, by: 8) }
            }
        }
        let count = cases.count
        var summary = "\(count) \(count == 1 ? "case" : "cases"): \(count - failedCount) passed, \(failedCount) failed"
        let broken = files.count { $0.error != nil }
        if broken > 0 { summary += "; \(broken) \(broken == 1 ? "file" : "files") could not be run" }
        return (lines + [summary]).joined(separator: "\n")
    }

    static func indented(_ text: String, by count: Int) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { String(repeating: " ", count: count) + $0 }
    }
}

extension TestReport.Case {
    /// What is wrong, line by line; empty for a case that has passed.
    func detail(file: String) -> [String] {
        var lines: [String] = []
        if let failure { lines.append("\(file):\(line): \(failure)") }
        for table in tables { lines += table.lines(file: file) }
        return lines
    }
}

extension TestReport.Table {
    func lines(file: String) -> [String] {
        let counts = TestReport.Difference.Kind.allCases.compactMap { kind -> String? in
            let count = differences.count { $0.kind == kind }
            return count == 0 ? nil : "\(count) \(kind.rawValue)"
        }
        var lines = [
            "\(file):\(line): \(name): expected \(expectedCount) \(expectedCount == 1 ? "row" : "rows"), got "
                + "\(actualCount): \(counts.joined(separator: ", "))"
        ]
        for difference in differences.prefix(TestReport.shownCount) {
            lines += difference.lines.map { "  " + $0 }
        }
        if differences.count > TestReport.shownCount {
            lines.append("  and \(differences.count - TestReport.shownCount) more")
        }
        return lines
    }
}

extension TestReport.Difference {
    var lines: [String] {
        let place = line.map { "  (line \($0))" } ?? ""
        switch kind {
        case .missing: return ["- \(row)\(place)"]
        case .unexpected: return ["+ \(row)"]
        case .misplaced: return ["^ \(row)\(place): came at another place"]
        case .differing:
            return ["~ \(row)\(place)"]
                + fields.map { "    \($0.column): expected \($0.expected), got \($0.actual)" }
        }
    }
}

extension TestReport.Difference.Kind: CaseIterable {
    package static var allCases: [Self] { [.differing, .missing, .unexpected, .misplaced] }
}
