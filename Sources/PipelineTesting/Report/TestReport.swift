/// What became of the cases of some files.
package struct TestReport: Codable, Hashable, Sendable {
    /// One case.
    package struct Case: Codable, Hashable, Sendable {
        package var name: String
        /// Where it stands in its file.
        package var line: Int
        package var passed: Bool
        package var milliseconds: Double
        /// Why the job failed, or that it did not.
        package var failure: String?
        package var tables: [Table]
    }

    /// One table, or the dead letters, that was not as expected.
    package struct Table: Codable, Hashable, Sendable {
        package var name: String
        package var line: Int
        package var expectedCount: Int
        package var actualCount: Int
        package var differences: [Difference]
    }

    /// One row that was not as expected.
    package struct Difference: Codable, Hashable, Sendable {
        package enum Kind: String, Codable, Sendable {
            case missing, unexpected, differing, misplaced
        }

        package var kind: Kind
        /// Of the expected row; nil for one that was not expected.
        package var line: Int?
        package var row: String
        /// Of a differing row.
        package var fields: [Field]
    }

    /// One column of a differing row, as JSON values.
    package struct Field: Codable, Hashable, Sendable {
        package var column: String
        package var expected: String
        package var actual: String
    }

    /// One test file.
    package struct File: Codable, Hashable, Sendable {
        /// As the user named it.
        package var path: String
        package var cases: [Case]
        /// Why its cases could not be run.
        package var error: String?
    }

    package var files: [File]

    package var cases: [Case] { files.flatMap(\.cases) }
    package var failedCount: Int { cases.count { !$0.passed } }
    /// Whether a file could not be run.
    package var hasErrors: Bool { files.contains { $0.error != nil } }
}

extension TestReport.Case {
    init(_ outcome: CaseOutcome, of test: PlannedCase) {
        name = test.name
        line = test.line
        passed = outcome.isPassed
        milliseconds = Double(outcome.microseconds) / 1000
        failure = outcome.failure
        tables = outcome.differences.map { comparison in
            TestReport.Table(
                name: comparison.subject, line: comparison.line, expectedCount: comparison.expectedCount,
                actualCount: comparison.actualCount, differences: comparison.differences.map(TestReport.Difference.init)
            )
        }
    }
}

extension TestReport.Difference {
    init(_ difference: RowDifference) {
        switch difference {
        case .missing(let line, let row): self.init(kind: .missing, line: line, row: row, fields: [])
        case .unexpected(let row): self.init(kind: .unexpected, line: nil, row: row, fields: [])
        case .misplaced(let line, let row): self.init(kind: .misplaced, line: line, row: row, fields: [])
        case .differing(let line, let row, let fields):
            self.init(
                kind: .differing, line: line, row: row,
                fields: fields.map {
                    TestReport.Field(column: $0.column, expected: $0.expected, actual: $0.actual)
                })
        }
    }
}
