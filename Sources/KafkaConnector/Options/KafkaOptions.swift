internal import Columnar
internal import Dataflow
internal import Formats

/// The options of a `kafka` or `upsert-kafka` table.
struct KafkaOptions: Sendable {
    enum ErrorPolicy: Sendable {
        case fail, skip, deadLetter
    }

    enum DeliveryGuarantee: Sendable {
        case none, atLeastOnce, exactlyOnce
    }

    /// When rows of a transaction go to the cluster.
    enum SinkOutputMode: Sendable {
        /// As soon as they are written: readers of committed records wait for the transaction up to a checkpoint's interval.
        case direct
        /// When the checkpoint is taken, as far as they fit into memory until then: the transaction is open for its commit only.
        case spool
    }

    /// What becomes of a table whose next records are gone from the topic.
    enum DataLossPolicy: Sendable {
        /// The job does not start, or stops.
        case fail
        /// Reading goes on at the earliest record; the lost range is told and counted.
        case earliest
    }

    /// What becomes of partitions that are added to a topic.
    enum NewPartitionPolicy: Sendable {
        /// They are read from their start, after a restart from the last checkpoint.
        case read
        /// The job stops, since the records of a key may now stand in two partitions, between which there is no order.
        case fail
    }

    enum SinkPartitioner: Sendable {
        /// As Kafka's own producer: by the key's murmur2; rows without key go to one partition per batch, in turn.
        case standard
        /// All rows of a subtask to one partition.
        case fixed
        case roundRobin
    }

    var isUpsert = false
    var topics = TopicSelection.names([])
    var properties = KafkaProperties()

    var startup = StartingOffsets.groupOffsets
    var bound = BoundedMode.unbounded
    var onError = ErrorPolicy.fail
    /// Records that may be rejected before the job stops.
    var deadLetterLimit = DeadLetterLimit()
    /// What becomes of rows that the topic does not take.
    var onSinkError = ErrorPolicy.fail
    var sinkLimit = DeadLetterLimit()

    var onDataLoss = DataLossPolicy.fail
    var onNewPartitions = NewPartitionPolicy.read
    /// How often topics are looked at for new partitions; zero for never.
    var discoveryInterval = Duration.seconds(30)

    var keyFormat: Format?
    var valueFormat = Format.raw
    /// Positions in the table's fields of the columns that the key holds.
    var keyColumns: [Int] = []
    /// Taken off the columns' names to find their names in the key.
    var keyPrefix = ""
    var isKeyInValue = true

    var guarantee = DeliveryGuarantee.exactlyOnce
    var outputMode = SinkOutputMode.direct
    var transactionalIDPrefix: String?
    var partitioner = SinkPartitioner.standard
    var createsTopic = true

    static let known: Set<String> = [
        "connector", "topic", "topic-pattern", "format", "key.format", "key.fields", "key.fields-prefix",
        "value.format",
        "value.fields-include", "scan.startup.mode", "scan.startup.specific-offsets", "scan.startup.timestamp-millis",
        "scan.bounded.mode", "scan.bounded.specific-offsets", "scan.bounded.timestamp-millis", "scan.on-error",
        "scan.dead-letter.table", "scan.dead-letter.limit", "scan.dead-letter.limit-percent", "sink.on-error",
        "sink.dead-letter.table", "sink.dead-letter.limit",
        "sink.dead-letter.limit-percent",
        "scan.topic-partition-discovery.interval",
        "scan.on-data-loss", "scan.on-new-partitions",
        "scan.parallelism", "sink.partitioner", "sink.delivery-guarantee", "sink.transactional-id-prefix",
        "sink.output", "sink.parallelism", "sink.buffer-flush.max-rows", "sink.buffer-flush.interval",
        "sink.create-topic",
    ]

    /// Reads a table's options; what is wrong is added to `problems` and replaced by its default.
    ///
    /// - Parameter defaults: properties that hold for every table, such as the brokers' addresses.
    init(_ table: TableDefinition, defaults: KafkaProperties, problems: inout [TableProblem]) {
        isUpsert = table.options["connector"] == "upsert-kafka"
        var reader = OptionReader(table.options)
        readTopics(&reader)
        readProperties(&reader, defaults)
        readFormats(&reader, table)
        readScan(&reader)
        readSink(&reader)
        var prefixes = ["properties."]
        for option in ["format", "key.format", "value.format"] {
            guard let identifier = table.options[option] else { continue }
            prefixes.append(Format.optionPrefix(of: option, identifier: identifier))
            // The plain prefix serves all formats of one kind.
            prefixes.append("\(identifier).")
        }
        reader.reportUnknown(
            connector: table.options["connector"] ?? "kafka", known: Self.known, prefixes: prefixes)
        problems += reader.problems
    }

    private mutating func readTopics(_ reader: inout OptionReader) {
        let names = reader.list("topic") ?? []
        let pattern = reader.text("topic-pattern")
        if let pattern {
            if names.isEmpty, let compiled = TopicPattern(pattern) {
                topics = .pattern(compiled)
            } else if names.isEmpty {
                reader.report("topic-pattern", "'\(pattern)' is not a regular expression")
            } else {
                reader.report("topic-pattern", "'topic' and 'topic-pattern' exclude each other; set one of them")
            }
            return
        }
        topics = .names(names)
        if names.isEmpty {
            reader.report("topic", "'topic' is missing: name the topic, or several with ';' between them")
        }
        for name in names where !Self.isTopicName(name) {
            reader.report(
                "topic", "'\(name)' cannot be a topic: letters, digits, '.', '_' and '-', at most 249 of them")
        }
    }

    private static func isTopicName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 249 && name != "." && name != ".."
            && name.unicodeScalars.allSatisfy { scalar in
                scalar.isASCII
                    && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "." || scalar == "_"
                        || scalar == "-")
            }
    }

    private mutating func readProperties(_ reader: inout OptionReader, _ defaults: KafkaProperties) {
        let prefix = "properties."
        var given: [String: String] = [:]
        for (name, value) in reader.options where name.hasPrefix(prefix) {
            given[String(name.dropFirst(prefix.count))] = value
        }
        var found: [(String, String)] = []
        properties = KafkaProperties(given) { found.append(($0, $1)) }.completed(by: defaults)
        for (name, message) in found { reader.report(prefix + name, "'\(prefix)\(name)': \(message)") }
        if properties.bootstrapServers == nil {
            reader.report(
                "properties.bootstrap.servers",
                "'properties.bootstrap.servers' is missing; set it in WITH or by MILLRACE_KAFKA_BOOTSTRAP_SERVERS")
        }
    }

    private mutating func readScan(_ reader: inout OptionReader) {
        startup = StartingOffsets(&reader, isUpsert: isUpsert)
        bound = BoundedMode(&reader)
        var ignoresErrors = false
        if case .json(let options) = valueFormat { ignoresErrors = options.ignoreParseErrors }
        onError = reader.choice(
            "scan.on-error", [("fail", .fail), ("skip", .skip), ("dead-letter", .deadLetter)],
            default: ignoresErrors ? .skip : .fail)
        deadLetterLimit = reader.deadLetterLimit("scan.dead-letter.limit")
        onDataLoss = reader.choice(
            "scan.on-data-loss", [("fail", .fail), ("earliest", .earliest)], default: .fail)
        onNewPartitions = reader.choice(
            "scan.on-new-partitions", [("read", .read), ("fail", .fail)], default: isUpsert ? .fail : .read)
        discoveryInterval =
            reader.duration("scan.topic-partition-discovery.interval", default: discoveryInterval) ?? discoveryInterval
    }

    private mutating func readSink(_ reader: inout OptionReader) {
        guarantee = reader.choice(
            "sink.delivery-guarantee",
            [("exactly-once", .exactlyOnce), ("at-least-once", .atLeastOnce), ("none", .none)], default: .exactlyOnce)
        outputMode = reader.choice("sink.output", [("direct", .direct), ("spool", .spool)], default: .direct)
        if outputMode == .spool && guarantee != .exactlyOnce {
            reader.report(
                "sink.output",
                "'spool' keeps a transaction short, and only exactly-once sinks have one; leave the option out")
        }
        partitioner = reader.choice(
            "sink.partitioner", [("default", .standard), ("fixed", .fixed), ("round-robin", .roundRobin)],
            default: .standard)
        if partitioner == .roundRobin && !keyColumns.isEmpty {
            reader.report("sink.partitioner", "'round-robin' would scatter the rows of a key; leave the option out")
        }
        onSinkError = reader.choice(
            "sink.on-error", [("fail", .fail), ("skip", .skip), ("dead-letter", .deadLetter)], default: .fail)
        sinkLimit = reader.deadLetterLimit("sink.dead-letter.limit")
        createsTopic = reader.flag("sink.create-topic", default: true)
        if let prefix = reader.text("sink.transactional-id-prefix") {
            if prefix.isEmpty || prefix.utf8.count > 200 || !prefix.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) {
                reader.report("sink.transactional-id-prefix", "allowed are 1 to 200 printable ASCII characters")
            } else {
                transactionalIDPrefix = prefix
            }
        }
    }
}
