/// A way in which what came out is not what was expected.
enum RowDifference: Hashable, Sendable {
    /// A column of a row.
    struct Field: Hashable, Sendable {
        var column: String
        var expected: String
        var actual: String
    }

    /// An expected row that did not come.
    case missing(line: Int, row: String)
    /// A row that came and was not expected.
    case unexpected(row: String)
    /// A row that came with other values.
    case differing(line: Int, row: String, fields: [Field])
    /// A row that came at another place than expected.
    case misplaced(line: Int, row: String)
}

/// What is wrong with one table, or with the dead letters.
struct TableComparison: Hashable, Sendable {
    /// What was compared, for people: a table, or `dead letters`.
    var subject: String
    /// Of the expectation in the test file.
    var line: Int
    var expectedCount: Int
    var actualCount: Int
    var differences: [RowDifference]

    var isEqual: Bool { differences.isEmpty }
}
