internal import Columnar
internal import Dataflow
internal import Formats
internal import KafkaConnector

/// Makes records of a table out of rows as files give them.
struct GivenRecordMaker {
    static let maximumPartitionCount = 1000

    private let table: TableDefinition
    private let layout: RecordLayout
    private let names: ColumnNames
    /// Columns that come from the record, by name.
    private let metadata: [String: String]

    init(_ table: TableDefinition, _ layout: RecordLayout) {
        self.table = table
        self.layout = layout
        names = ColumnNames(
            table.fields.filter { if case .payload = $0.origin { true } else { false } }, table: table.name)
        var metadata: [String: String] = [:]
        for field in table.fields {
            if case .metadata(let key) = field.origin { metadata[field.name] = key }
        }
        self.metadata = metadata
    }

    /// What a row says beside its columns.
    private struct Extras {
        var partition: Int32 = 0
        /// Milliseconds.
        var timestamp: Int64?
        var headers: [(name: String, value: [UInt8]?)] = []
        var key: YAMLValue?
        var value: YAMLValue?
        var isDelete = false
    }

    /// - Parameter problems: takes what is wrong with the row; the record is of no use then.
    func record(_ row: YAMLValue, _ problems: inout [Problem]) -> GivenRecords.Record {
        switch row.content {
        case .scalar: return record(Extras(value: row), [], row, &problems)
        case .list:
            problems.append(Problem(row.line, "a row is a map of columns, or a record as text, not a list"))
            return record(Extras(), [], row, &problems)
        case .map(let entries):
            var extras = Extras()
            var columns: [YAMLValue.Entry] = []
            for entry in entries {
                if entry.key.hasPrefix("$") {
                    read(entry, into: &extras, &problems)
                } else if let key = metadata[entry.key] {
                    readMetadata(key, entry, into: &extras, &problems)
                } else {
                    columns.append(entry)
                }
            }
            problems += names.problems(columns)
            return record(extras, columns, row, &problems)
        }
    }

    // MARK: Beside the columns

    private func read(_ entry: YAMLValue.Entry, into extras: inout Extras, _ problems: inout [Problem]) {
        switch entry.key {
        case "$partition":
            guard let number = entry.value.text.flatMap({ Int32($0) }),
                (0..<Int32(Self.maximumPartitionCount)).contains(number)
            else {
                problems.append(
                    Problem(entry.line, "'$partition' takes a number from 0 to \(Self.maximumPartitionCount - 1)"))
                return
            }
            extras.partition = number
        case "$timestamp": readTime(entry, into: &extras, &problems)
        case "$headers":
            guard case .map(let headers) = entry.value.content else {
                problems.append(Problem(entry.line, "'$headers' takes a map of names and texts"))
                return
            }
            extras.headers = headers.map { ($0.key, Self.bytes($0.value)) }
        case "$key": extras.key = entry.value
        case "$value": extras.value = entry.value
        case "$delete":
            guard let flag = entry.value.flag else {
                problems.append(Problem(entry.line, "'$delete' takes true"))
                return
            }
            if flag && !layout.isUpsert {
                problems.append(
                    Problem(entry.line, "'$delete' is for upsert-kafka tables; '\(table.name)' is append-only"))
            }
            extras.isDelete = flag
        default:
            let known = ["$delete", "$headers", "$key", "$partition", "$timestamp", "$value"]
            problems.append(
                Problem(
                    entry.line,
                    "a record has no '\(entry.key)'; known are \(known.joined(separator: ", "))"
                        + NearestName.hint(entry.key, in: known)))
        }
    }

    private func readTime(_ entry: YAMLValue.Entry, into extras: inout Extras, _ problems: inout [Problem]) {
        guard let time = entry.value.text.flatMap({ TimeOfRecord.parse($0) }) else {
            problems.append(
                Problem(
                    entry.line,
                    "'\(entry.key)' takes a time with its zone, such as 2026-01-01 20:00:00Z, or milliseconds"))
            return
        }
        extras.timestamp = time.microseconds / 1000
    }

    private func readMetadata(
        _ key: String, _ entry: YAMLValue.Entry, into extras: inout Extras, _ problems: inout [Problem]
    ) {
        switch key {
        case "timestamp": readTime(entry, into: &extras, &problems)
        case "partition":
            var renamed = entry
            renamed.key = "$partition"
            read(renamed, into: &extras, &problems)
        default:
            let hint = key == "headers" ? "; give '$headers'" : "; leave it out"
            problems.append(Problem(entry.line, "'\(entry.key)' is the record's \(key)\(hint)"))
        }
    }

    // MARK: Key and value

    private func record(
        _ extras: Extras, _ columns: [YAMLValue.Entry], _ row: YAMLValue, _ problems: inout [Problem]
    ) -> GivenRecords.Record {
        var record = GivenRecords.Record(
            topic: table.name, partition: extras.partition, timestamp: extras.timestamp, key: nil, value: nil,
            headers: extras.headers)
        if let key = extras.key {
            record.key = Self.bytes(key)
        } else if case .map = row.content {
            record.key = key(columns, row, &problems)
        }
        if extras.isDelete { return record }
        if let value = extras.value {
            if !columns.isEmpty && layout.isKeyInValue && layout.keyFields.isEmpty {
                problems.append(Problem(row.line, "give either '$value' or columns"))
            }
            record.value = Self.bytes(value)
        } else {
            record.value = value(columns, row, &problems)
        }
        return record
    }

    private func key(
        _ columns: [YAMLValue.Entry], _ row: YAMLValue, _ problems: inout [Problem]
    ) -> [UInt8]? {
        guard let format = layout.keyFormat, !layout.keyFields.isEmpty else { return nil }
        let values = layout.keyFields.map { columns.value(at: $0.path) }
        if values.allSatisfy({ $0 == nil }) {
            let names = layout.keyFields.map { $0.path.joined(separator: ".") }.joined(separator: ", ")
            if layout.isUpsert {
                problems.append(Problem(row.line, "the row of '\(table.name)' gives no key: \(names)"))
            }
            return nil
        }
        switch format {
        case .raw: return values.first.flatMap { $0 }.flatMap { Self.bytes($0) }
        case .json:
            var entries: [YAMLValue.Entry] = []
            for (field, value) in zip(layout.keyFields, values) {
                entries.set(
                    value ?? YAMLValue(content: .scalar("null", isPlain: true), line: row.line), at: field.keyPath)
            }
            return Array(YAMLValue(content: .map(entries), line: row.line).json.utf8)
        }
    }

    private func value(
        _ columns: [YAMLValue.Entry], _ row: YAMLValue, _ problems: inout [Problem]
    ) -> [UInt8]? {
        var columns = columns
        if !layout.isKeyInValue {
            for field in layout.keyFields { columns = columns.removing(field.path) }
        }
        switch layout.valueFormat {
        case .raw: return columns.first.flatMap { Self.bytes($0.value) }
        case .json: return Array(YAMLValue(content: .map(columns), line: row.line).json.utf8)
        }
    }

    /// A text as it is, less one final line break; a map or list as JSON; nil for null.
    private static func bytes(_ value: YAMLValue) -> [UInt8]? {
        switch value.content {
        case .scalar(let text, _):
            if value.isNull { return nil }
            return Array((text.hasSuffix("\n") ? text.dropLast() : text[...]).utf8)
        case .list, .map: return Array(value.json.utf8)
        }
    }
}

extension [YAMLValue.Entry] {
    /// Puts a value at a path of names.
    mutating func set(_ value: YAMLValue, at path: [String]) {
        guard let name = path.first else { return }
        if path.count == 1 {
            append(YAMLValue.Entry(key: name, line: value.line, value: value))
            return
        }
        var inner: [YAMLValue.Entry] = []
        let index = firstIndex { $0.key == name }
        if let index, case .map(let known) = self[index].value.content { inner = known }
        inner.set(value, at: Array<String>(path.dropFirst()))
        let entry = YAMLValue.Entry(
            key: name, line: value.line, value: YAMLValue(content: .map(inner), line: value.line))
        if let index { self[index] = entry } else { append(entry) }
    }
}
