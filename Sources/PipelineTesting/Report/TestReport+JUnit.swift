internal import Foundation

extension TestReport {
    /// As the XML that continuous integration systems read: a suite for each file.
    package var junit: String {
        var lines = ["<?xml version=\"1.0\" encoding=\"UTF-8\"?>"]
        let errors = files.count { $0.error != nil }
        lines.append(
            "<testsuites tests=\"\(cases.count + errors)\" failures=\"\(failedCount)\" errors=\"\(errors)\">")
        for file in files { lines += file.suite }
        return (lines + ["</testsuites>", ""]).joined(separator: "\n")
    }

    /// What XML 1.0 allows of a text, escaped.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\n": result += "&#10;"
            case "\t": result += "&#9;"
            case "\u{0}"..."\u{1f}", "\u{fffe}", "\u{ffff}": result += "\u{fffd}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

extension TestReport.File {
    fileprivate var suite: [String] {
        let failed = cases.count { !$0.passed }
        let name = TestReport.escaped(path)
        let count = cases.count + (error == nil ? 0 : 1)
        var lines = [
            "  <testsuite name=\"\(name)\" tests=\"\(count)\" failures=\"\(failed)\" errors=\"\(error == nil ? 0 : 1)\" "
                + "time=\"\(Self.seconds(cases.reduce(0) { $0 + $1.milliseconds }))\">"
        ]
        if let error {
            lines.append("    <testcase name=\"\(name)\" classname=\"\(name)\" time=\"0\">")
            lines.append("      <error message=\"cannot be run\">\(TestReport.escaped(error))</error>")
            lines.append("    </testcase>")
        }
        for test in cases {
            let start =
                "    <testcase name=\"\(TestReport.escaped(test.name))\" classname=\"\(name)\" file=\"\(name)\" "
                + "line=\"\(test.line)\" time=\"\(Self.seconds(test.milliseconds))\""
            guard !test.passed else {
                lines.append(start + "/>")
                continue
            }
            let detail = test.detail(file: path)
            lines.append(start + ">")
            lines.append(
                "      <failure message=\"\(TestReport.escaped(detail.first ?? "failed"))\">"
                    + TestReport.escaped(detail.joined(separator: "\n")) + "</failure>")
            lines.append("    </testcase>")
        }
        return lines + ["  </testsuite>"]
    }

    private static func seconds(_ milliseconds: Double) -> String { String(format: "%.4f", milliseconds / 1000) }
}
