package import Columnar

/// What a connector can do with a table, given its options.
package struct ConnectorCapabilities: Sendable {
    /// Row kinds of a scan; nil where the table cannot be scanned.
    package var scan: ChangelogMode?
    /// Row kinds that the sink takes; nil where the table cannot be written. An upsert sink takes append-only input too.
    package var sink: ChangelogMode?
    /// Whether `makeLookup` works for the table.
    package var canLookup: Bool
    /// Whether rows that the sink rejects are handed to the job, for a table of dead letters; otherwise it keeps them itself.
    package var handsOnDeadLetters: Bool
    /// Metadata columns by key: type, and whether a sink can write it.
    package var metadata: [String: MetadataColumn]

    /// What a record has beside its value, such as its offset, as a column.
    package struct MetadataColumn: Sendable {
        package var type: LogicalType
        package var isNullable: Bool
        package var isWritable: Bool

        package init(type: LogicalType, isNullable: Bool, isWritable: Bool) {
            self.type = type
            self.isNullable = isNullable
            self.isWritable = isWritable
        }
    }

    package init(
        scan: ChangelogMode?, sink: ChangelogMode?, canLookup: Bool = false, metadata: [String: MetadataColumn] = [:],
        handsOnDeadLetters: Bool = false
    ) {
        self.handsOnDeadLetters = handsOnDeadLetters
        self.scan = scan
        self.sink = sink
        self.canLookup = canLookup
        self.metadata = metadata
    }
}

/// Something wrong with a table's options or columns.
package struct TableProblem: Hashable, Sendable {
    /// The option or column that is wrong, if one can be named: a diagnostic points at it.
    package var option: String?
    package var column: String?
    /// What is wrong and what is allowed, with the nearest known name where one is unknown.
    package var message: String

    package init(option: String? = nil, column: String? = nil, message: String) {
        self.option = option
        self.column = column
        self.message = message
    }
}

/// A kind of table: `kafka`, `postgres`, `print`, ... The SQL front end asks it without any I/O; the runtime makes the parts.
package protocol Connector: Sendable {
    /// The values of the option `connector` that it answers to, for example `["postgres", "jdbc"]`.
    var names: [String] { get }

    /// Every option it knows, families such as `properties.*` left out: environment variables are matched against them.
    var optionNames: Set<String> { get }

    /// Checks options and columns; no I/O. Options that belong to the planner (`planner.*`, `scan.watermark.*`) are not passed in.
    func problems(_ table: TableDefinition) -> [TableProblem]

    func capabilities(_ table: TableDefinition) -> ConnectorCapabilities

    /// Checks against the living system for `validate --online`: topics, tables, rights. May block.
    func onlineProblems(_ table: TableDefinition, isSink: Bool) -> [TableProblem]

    func makeSource(_ spec: SourceSpec, _ environment: ConnectorEnvironment) throws -> any Source
    func makeSink(_ spec: SinkSpec, _ environment: ConnectorEnvironment) throws -> any Sink
    func makeLookup(_ spec: LookupSpec, _ environment: ConnectorEnvironment) throws -> any LookupTable
}

extension Connector {
    package var optionNames: Set<String> { [] }
}

/// What the parts of a connector are given by the service. One per run of a job.
package struct ConnectorEnvironment: Sendable {
    package var job: JobIdentity
    package var clock: ProcessingClock
    /// How often checkpoints are taken: transaction time-outs derive from it.
    package var checkpointIntervalMilliseconds: Int
    package var log: @Sendable (LogEvent) -> Void
    /// Asks for a checkpoint before its time; any thread, any number of times. What asks must not wait for it.
    package var requestCheckpoint: @Sendable () -> Void
    /// Bytes that the whole process may take; nil for no limit. Queues are the smaller for it.
    package var memoryLimit: Int?
    /// Takes what a client counts, every few seconds; any thread.
    package var observe: @Sendable (ClientStatistics) -> Void
    /// Takes what a part meets at its system, by the name of its operator or of the participant that it is; any thread.
    package var hear: @Sendable (_ name: String, SystemNews) -> Void
    /// The operator that the part is made for; nil where it serves several.
    package private(set) var operatorName: String?

    package init(
        job: JobIdentity, clock: ProcessingClock, checkpointIntervalMilliseconds: Int,
        log: @escaping @Sendable (LogEvent) -> Void, requestCheckpoint: @escaping @Sendable () -> Void = {},
        memoryLimit: Int? = nil,
        observe: @escaping @Sendable (ClientStatistics) -> Void = { _ in },
        hear: @escaping @Sendable (_ name: String, SystemNews) -> Void = { _, _ in }
    ) {
        self.job = job
        self.clock = clock
        self.checkpointIntervalMilliseconds = checkpointIntervalMilliseconds
        self.log = log
        self.requestCheckpoint = requestCheckpoint
        self.memoryLimit = memoryLimit
        self.observe = observe
        self.hear = hear
    }

    /// The same for one operator; nil for what several share.
    package func of(_ operatorName: String?) -> ConnectorEnvironment {
        var result = self
        result.operatorName = operatorName
        return result
    }

    /// Tells what the part has met; of one that serves several, nothing.
    package func note(_ news: SystemNews) {
        if let operatorName { hear(operatorName, news) }
    }

    /// Logs an event with the name of the operator.
    package func tell(_ event: LogEvent) {
        var event = event
        if let operatorName, event.fields["operator"] == nil { event.fields["operator"] = operatorName }
        log(event)
    }
}

/// A line of the service's log, made by targets that know no logging library.
package struct LogEvent: Sendable {
    /// How much an event matters, rising.
    package enum Level: Int, Sendable, Comparable {
        case debug, info, notice, warning, error

        package static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
    }

    package var level: Level
    /// One sentence without values.
    package var message: String
    /// Values by name; never secrets, never row values. What places an event has the same name everywhere: `operator`, `subtask`,
    /// `topic`, `partition`, `offset`, `epoch`.
    package var fields: [String: String]

    package init(_ level: Level, _ message: String, _ fields: [String: String] = [:]) {
        self.level = level
        self.message = message
        self.fields = fields
    }

    /// With what is known of a place as fields of their own: `operator`, `subtask`, `topic`, `partition`, `offset`.
    package func at(_ context: ErrorContext) -> LogEvent {
        var event = self
        let known: [(String, String?)] = [
            ("operator", context.operatorName), ("subtask", context.subtask.map { "\($0)" }), ("topic", context.topic),
            ("partition", context.partition.map { "\($0)" }), ("offset", context.offset.map { "\($0)" }),
        ]
        for (name, value) in known where event.fields[name] == nil { event.fields[name] = value }
        return event
    }
}

/// The connectors by name.
package struct Catalog: Sendable {
    package let connectors: [String: any Connector]

    package init(_ connectors: [any Connector]) {
        var byName: [String: any Connector] = [:]
        for connector in connectors {
            for name in connector.names { byName[name] = connector }
        }
        self.connectors = byName
    }
}
