internal import Columnar
internal import KafkaConnector

/// A case held against its pipeline: every row is a record or a row of its table.
struct PlannedCase: Sendable {
    /// Something that goes into a table.
    enum Delivery: Sendable {
        case record(table: String, GivenRecords.Record)
        case lookupRow(table: String, LookupContents.Row)
        case lookupDelete(table: String, key: [String])
    }

    enum Step: Sendable {
        case deliver([Delivery])
        case advance(microseconds: Int64)
        case expect([PlannedExpectation])
    }

    var name: String
    var line: Int
    var now: Timestamp
    /// By table.
    var partitionCounts: [String: Int]
    var input: [Delivery]
    var steps: [Step]
    var ends: Bool
    var expectations: [PlannedExpectation]
    var deadLetters: [ExpectedDeadLetter]
    var failure: String?
}

/// What a table must hold or have got, in the texts in which rows are compared.
struct PlannedExpectation: Sendable {
    struct Row: Hashable, Sendable {
        var line: Int
        var isDelete: Bool
        var texts: [String]
    }

    enum Mode: Sendable {
        case anyOrder, inOrder, changes
    }

    var table: String
    var line: Int
    var mode: Mode
    var rows: [Row]
    /// Positions in the target's fields of what is compared.
    var compared: [Int]
}
