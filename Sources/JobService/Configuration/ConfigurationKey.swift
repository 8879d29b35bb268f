internal import Dataflow

/// A setting that the environment can make; the list is what `millrace config` and the README print.
package struct ConfigurationKey: Sendable {
    /// What a variable may be set to.
    package enum Value: Hashable, Sendable {
        case text
        /// Never printed. May hold credentials as a whole.
        case secret
        /// `500ms`, `1s`, `2min`, `1h`; a bare number is milliseconds. The range is in milliseconds.
        case duration(ClosedRange<Int>)
        case integer(ClosedRange<Int>)
        /// `512kb`, `64mb`, `1gb`; a bare number is bytes.
        case byteCount
        case choice([String])

        /// What may be set, for people.
        package var expectation: String {
            switch self {
            case .text: "text"
            case .secret: "text, never shown"
            case .duration(let range):
                "a time such as 500ms, 1s or 2min, from \(DurationText.text(range.lowerBound)) to "
                    + DurationText.text(range.upperBound)
            case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
            case .byteCount: "a number of bytes such as 512kb, 64mb or 1gb"
            case .choice(let names): "one of " + names.joined(separator: ", ")
            }
        }
    }

    /// The environment variable. A name that ends in `<...>` stands for a family.
    package var variable: String
    package var value: Value
    /// As text; nil where there is none.
    package var defaultText: String?
    package var meaning: String

    private init(_ variable: String, _ value: Value, default defaultText: String?, _ meaning: String) {
        self.variable = variable
        self.value = value
        self.defaultText = defaultText
        self.meaning = meaning
    }

    static let jobName = ConfigurationKey(
        "MILLRACE_JOB_NAME", .text, default: "the SQL's pipeline.name, else the file's name",
        "Names the consumer group, the transactional ids, the bookkeeping rows and the checkpoint folder")
    static let kafkaBootstrapServers = ConfigurationKey(
        "MILLRACE_KAFKA_BOOTSTRAP_SERVERS", .text, default: nil,
        "Brokers as host:port,...; a table's `properties.bootstrap.servers` goes before it")
    static let kafkaProperty = ConfigurationKey(
        "MILLRACE_KAFKA_<PROPERTY>", .secret, default: nil,
        "Any librdkafka property, `_` for `.`: MILLRACE_KAFKA_SECURITY_PROTOCOL sets security.protocol")
    static let postgresURL = ConfigurationKey(
        "MILLRACE_POSTGRES_URL", .secret, default: nil,
        "postgres://user:password@host:port/database; a table's `url` goes before it")
    static let checkpointURI = ConfigurationKey(
        "MILLRACE_CHECKPOINT_URI", .text, default: "file://$PWD/.millrace/checkpoints",
        "Where checkpoints are kept; each job has a folder in it")
    static let checkpointInterval = ConfigurationKey(
        "MILLRACE_CHECKPOINT_INTERVAL", .duration(10...600_000),
        default: "the SQL's execution.checkpointing.interval, else 1s",
        "Time between checkpoints, and so the delay until results are visible; 10ms to 10min")
    static let checkpointRetained = ConfigurationKey(
        "MILLRACE_CHECKPOINT_RETAINED", .integer(3...100_000), default: "10",
        "Committed checkpoints kept, which one can go back to")
    static let checkpointMinimumFree = ConfigurationKey(
        "MILLRACE_CHECKPOINT_MINIMUM_FREE", .byteCount, default: "64mb",
        "What checkpoints leave free on their file system: below it the job waits, so that a full disk is met in good time; 0 for none"
    )
    static let parallelism = ConfigurationKey(
        "MILLRACE_PARALLELISM", .integer(1...128), default: "the SQL's parallelism.default, else the number of cores",
        "Worker threads; may differ from the last run's")
    static let memoryLimit = ConfigurationKey(
        "MILLRACE_MEMORY_LIMIT", .byteCount, default: "nine tenths of the container's limit, else none",
        "Memory that the process may take, from 64mb: near it nothing is read, and a job that needs more ends with status 7 and its last checkpoint whole; 0 for no limit"
    )
    static let restartAttempts = ConfigurationKey(
        "MILLRACE_RESTART_ATTEMPTS", .integer(0...1_000_000), default: "1000000",
        "Restarts within the process, with back-off, while a broker or database is away and nothing gets committed")
    static let shutdownTimeout = ConfigurationKey(
        "MILLRACE_SHUTDOWN_TIMEOUT", .duration(0...86_400_000), default: "30s",
        "How long SIGTERM waits for the last checkpoint before the process ends without it")
    static let logLevels = ["debug", "info", "notice", "warning", "error"]
    static let logLevel = ConfigurationKey(
        "MILLRACE_LOG_LEVEL", .choice(logLevels), default: "info",
        "Least level of log lines")
    static let logFormat = ConfigurationKey(
        "MILLRACE_LOG_FORMAT", .choice(["text", "json"]), default: "text", "One line per event, as text or JSON")
    static let statusFile = ConfigurationKey(
        "MILLRACE_STATUS_PATH", .text, default: nil,
        "A file that a running job writes its numbers to as JSON every second; `millrace healthcheck` reads it")
    static let httpAddress = ConfigurationKey(
        "MILLRACE_HTTP_ADDRESS", .text, default: "127.0.0.1:8081",
        "Where the page, the API, metrics and health are served, as host:port; empty for none, port 0 for a free one")
    static let httpToken = ConfigurationKey(
        "MILLRACE_HTTP_TOKEN", .secret, default: nil,
        "What actions over HTTP must give as `Authorization: Bearer`, at least 16 characters; without it they are taken on the loopback address only"
    )
    static let httpRead = ConfigurationKey(
        "MILLRACE_HTTP_READ", .choice(["open", "token"]), default: "open",
        "Whether reading over HTTP, but for health, needs the token too")
    static let tableOption = ConfigurationKey(
        "MILLRACE_TABLE_<TABLE>_<OPTION>", .secret, default: nil,
        "Any WITH option of a table: MILLRACE_TABLE_PLAYS_SCAN_STARTUP_MODE sets 'scan.startup.mode' of plays")

    /// In the order in which they are documented.
    package static let all = [
        jobName, kafkaBootstrapServers, kafkaProperty, postgresURL, checkpointURI, checkpointInterval,
        checkpointRetained, checkpointMinimumFree, parallelism, memoryLimit, restartAttempts, shutdownTimeout, logLevel,
        logFormat, statusFile, httpAddress, httpToken, httpRead, tableOption,
    ]

    /// Whether a variable name is exactly this key (families have none).
    var isFamily: Bool { variable.contains("<") }
}
