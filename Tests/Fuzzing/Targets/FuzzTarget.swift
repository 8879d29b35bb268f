/// Bytes from outside, and what our code makes of them: run by libFuzzer (`docker/fuzz.sh`) and by a loop in the tests.
///
/// A target must neither trap nor read past a buffer, nor take long, whatever it is given; what it must hold beyond
/// that it checks itself.
package enum FuzzTarget: String, CaseIterable, Sendable {
    /// SQL text: compiled; what parses is printed and parses again.
    case sql
    /// An SQL expression evaluated on batches of different shapes.
    case expressions
    /// One record: decoded, compared with Foundation, encoded, decoded again.
    case json
    /// A snapshot of one state: restored and then used.
    case state
    /// A manifest with the file that it points into, its checksums made right again.
    case checkpoint
    /// The rows of an epoch for PostgreSQL.
    case redo
    /// Requests to the broker, one after another.
    case requests
    /// A record batch with a right checksum: produced, read, compacted, recovered.
    case records
    /// What brokers answer to Fetch: batches, read as a job reads them.
    case fetched
    /// Damage to the broker's files.
    case journal
    /// The text beside a committed offset, and other texts that we write and read back.
    case metadata
    /// An environment and a job file.
    case configuration

    /// Runs the target once.
    ///
    /// - Throws: `FuzzFinding` where a property does not hold.
    package func run(_ bytes: [UInt8]) throws {
        switch self {
        case .sql: try SQLFuzz.run(bytes)
        case .expressions: try ExpressionFuzz.run(bytes)
        case .json: try JSONFuzz.run(bytes)
        case .state: try StateFuzz.run(bytes)
        case .checkpoint: try CheckpointFuzz.run(bytes)
        case .redo: try RedoFuzz.run(bytes)
        case .requests: try RequestFuzz.run(bytes)
        case .records: try RecordFuzz.run(bytes)
        case .fetched: try FetchFuzz.run(bytes)
        case .journal: try JournalFuzz.run(bytes)
        case .metadata: try MetadataFuzz.run(bytes)
        case .configuration: try ConfigurationFuzz.run(bytes)
        }
    }

    /// Inputs to begin with, valid ones among them; the same at every call.
    package func seeds() throws -> [[UInt8]] {
        switch self {
        case .sql: SQLFuzz.seeds()
        case .expressions: ExpressionFuzz.seeds()
        case .json: JSONFuzz.seeds()
        case .state: try StateFuzz.seeds()
        case .checkpoint: try CheckpointFuzz.seeds()
        case .redo: try RedoFuzz.seeds()
        case .requests: try RequestFuzz.seeds()
        case .records: RecordFuzz.seeds()
        case .fetched: FetchFuzz.seeds()
        case .journal: JournalFuzz.seeds()
        case .metadata: MetadataFuzz.seeds()
        case .configuration: ConfigurationFuzz.seeds()
        }
    }

    /// Words that a mutation may put in.
    package var dictionary: [String] {
        switch self {
        case .sql: SQLFuzz.dictionary
        case .expressions: ExpressionFuzz.dictionary
        case .json: JSONFuzz.dictionary
        case .checkpoint: CheckpointFuzz.dictionary
        case .metadata: MetadataFuzz.dictionary
        case .configuration: ConfigurationFuzz.dictionary
        case .state, .redo, .requests, .records, .fetched, .journal: []
        }
    }

    /// Most bytes of an input.
    package var maximumByteCount: Int {
        switch self {
        case .checkpoint: 16_384
        case .sql, .state, .configuration: 8192
        default: 4096
        }
    }
}

/// A property that did not hold.
package struct FuzzFinding: Error, CustomStringConvertible {
    package var description: String

    init(_ description: String) { self.description = description }

    /// Throws `message` unless `condition` holds.
    static func check(_ condition: Bool, _ message: @autoclosure () -> String) throws {
        if !condition { throw FuzzFinding(message()) }
    }
}
