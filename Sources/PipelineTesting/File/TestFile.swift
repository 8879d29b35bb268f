internal import Columnar

/// What a test file says, before it is held against the pipeline.
struct TestFile: Sendable {
    /// As the user wrote it, for messages.
    var name: String
    /// Of the SQL file, relative to the test file.
    var pipeline = ""
    /// What `${NAME}` in the SQL and the configuration are read from, beside the process's own variables.
    var environment: [String: String] = [:]
    var cases: [TestCase] = []
}

/// Rows given to a table.
struct GivenRows: Sendable {
    var table: String
    var line: Int
    var rows: [YAMLValue]
}

/// One case: what comes in, and what must come out.
struct TestCase: Sendable {
    /// Something that happens after the start.
    enum Step: Sendable {
        case rows(GivenRows)
        /// The clock moves.
        case advance(microseconds: Int64)
        case expect([Expectation])
    }

    var name: String
    var line: Int
    /// The wall clock at the start.
    var now: Timestamp
    /// By table; others have as many as their rows name.
    var partitionCounts: [String: Int] = [:]
    /// What is there when the job starts.
    var input: [GivenRows] = []
    var steps: [Step] = []
    /// Whether the input ends after the last step, which brings out everything.
    var ends = true
    /// Of the whole case.
    var expectations: [Expectation] = []
    var deadLetters: [ExpectedDeadLetter] = []
    /// What the error says with which the job must fail; nil where it must not.
    var failure: String?

    /// Where event times never are in the future unless the case says so: 2100-01-01T00:00:00Z.
    static let defaultNow = Timestamp(milliseconds: 4_102_444_800_000)
}

/// The rows that a table must have got.
struct Expectation: Sendable {
    enum Rows: Sendable {
        /// What the table holds.
        case contents([YAMLValue], isOrdered: Bool)
        /// Every change of it, in order.
        case changes([YAMLValue])
    }

    var table: String
    var line: Int
    var rows: Rows
    /// Columns that are not compared, with their lines.
    var ignored: [YAMLValue] = []
}

/// What must be known of a record or row that is put aside.
struct ExpectedDeadLetter: Sendable {
    var line: Int
    /// Values by column of the dead letters.
    var values: [(name: String, text: String)]
}
