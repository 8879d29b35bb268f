internal import Dataflow

/// The options of a `postgres` table.
struct PostgresOptions: Sendable {
    /// What becomes of a row that the table refuses.
    enum ErrorPolicy: Sendable, Equatable {
        case fail, skip
        /// Kept in a table of `DeadLetter.schema`, in the same transaction.
        case deadLetter(QualifiedTableName)
    }

    enum DeliveryGuarantee: Sendable, Equatable {
        case exactlyOnce, atLeastOnce
    }

    var parameters = ConnectionParameters(values: [:])
    var table: QualifiedTableName?
    var deliveryGuarantee = DeliveryGuarantee.exactlyOnce
    var createsTable = false
    var onError = ErrorPolicy.fail
    /// Rows that are sent together at most; nil where the sink may say.
    var flushRowCount: Int?
    /// Tries after the first, of a lost connection (at-least-once) or a transaction conflict.
    var retryCount = 5
    var refusalLimit = DeadLetterLimit()
    /// Bytes of redo log that one epoch may need.
    var redoByteLimit = 256 << 20
    var lockTimeout = Duration.seconds(5)
    var statementTimeout = Duration.seconds(600)
    var lookup = LookupOptions()

    /// Names that are known, with those that Flink's `jdbc` connector has and that change nothing here.
    static let known: Set<String> = [
        "connector", "url", "table-name", "username", "password", "sink.delivery-guarantee", "sink.create-table",
        "sink.on-error", "sink.dead-letter.table", "sink.dead-letter.limit", "sink.dead-letter.limit-percent",
        "sink.buffer-flush.max-rows",
        "sink.max-retries", "sink.redo.max-bytes", "sink.lock-timeout", "sink.statement-timeout",
        "lookup.cache",
        "lookup.partial-cache.max-rows", "lookup.partial-cache.expire-after-write",
        "lookup.partial-cache.expire-after-access", "lookup.partial-cache.cache-missing-key", "lookup.cache.max-rows",
        "lookup.cache.ttl", "lookup.cache.caching-missing-key", "lookup.max-retries",
    ]
    static let ignored: Set<String> = [
        "driver", "compatible-mode", "connection.max-retry-timeout", "sink.buffer-flush.interval", "sink.parallelism",
        "scan.fetch-size", "scan.auto-commit", "scan.parallelism", "scan.partition.column", "scan.partition.num",
        "scan.partition.lower-bound", "scan.partition.upper-bound",
    ]

    /// Reads a table's options; what is wrong is added to `problems` and replaced by its default.
    init(_ table: TableDefinition, problems: inout [TableProblem]) {
        var reader = OptionReader(table.options)
        for name in table.options.keys.sorted() where !Self.known.contains(name) && !Self.ignored.contains(name) {
            let nearest = NearestName.find(name, in: Self.known.sorted()).map { "; did you mean '\($0)'?" } ?? ""
            reader.report(name, "the postgres connector has no option '\(name)'\(nearest)")
        }
        readConnection(&reader, name: table.name)
        readSink(&reader)
        lookup = LookupOptions(&reader)
        problems += reader.problems
    }

    private mutating func readConnection(_ reader: inout OptionReader, name: String) {
        if let url = reader.text("url") {
            do {
                parameters = try ConnectionParameters(
                    url: url, username: reader.text("username"), password: reader.text("password"))
            } catch {
                reader.report("url", error.message)
            }
        } else {
            reader.report("url", "'url' is missing; set it in WITH or by MILLRACE_POSTGRES_URL")
        }
        do {
            table = try QualifiedTableName(parsing: reader.text("table-name") ?? name)
        } catch {
            reader.report("table-name", error.message)
        }
    }

    private mutating func readSink(_ reader: inout OptionReader) {
        deliveryGuarantee = reader.choice(
            "sink.delivery-guarantee",
            [("exactly-once", .exactlyOnce), ("at-least-once", .atLeastOnce), ("none", .atLeastOnce)],
            default: .exactlyOnce)
        createsTable = reader.flag("sink.create-table", default: false)
        if reader.text("sink.buffer-flush.max-rows") != nil {
            flushRowCount = reader.count("sink.buffer-flush.max-rows", in: 1...1_000_000, default: 20_000)
        }
        retryCount = reader.count("sink.max-retries", in: 0...1000, default: 5)
        refusalLimit = reader.deadLetterLimit("sink.dead-letter.limit")
        redoByteLimit = reader.byteCount("sink.redo.max-bytes", default: 256 << 20)
        lockTimeout = reader.duration("sink.lock-timeout", default: .seconds(5)) ?? .seconds(5)
        statementTimeout = reader.duration("sink.statement-timeout", default: .seconds(600)) ?? .seconds(600)
        var letters: QualifiedTableName?
        do {
            letters = try QualifiedTableName(parsing: reader.text("sink.dead-letter.table") ?? "millrace.dead_letters")
        } catch {
            reader.report("sink.dead-letter.table", error.message)
        }
        onError = reader.choice(
            "sink.on-error",
            [("fail", .fail), ("skip", .skip), ("dead-letter", letters.map { .deadLetter($0) } ?? .fail)],
            default: .fail)
    }
}
