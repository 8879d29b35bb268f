internal import Dataflow

/// Where a table is read from when the job has no checkpoint.
enum StartingOffsets: Sendable, Hashable {
    case earliest
    case latest
    /// What the group of `properties.group.id` has committed; else as `properties.auto.offset.reset` says.
    case groupOffsets
    /// The first record at or after a time, in milliseconds.
    case timestamp(Int64)
    case specific([Int32: Int64])

    init(_ reader: inout OptionReader, isUpsert: Bool) {
        let option = "scan.startup.mode"
        // A changelog has no meaning from its middle.
        let standard = isUpsert || reader.text("properties.group.id") == nil ? Self.earliest : .groupOffsets
        let mode = reader.choice(
            option,
            [
                ("earliest-offset", "earliest"), ("earliest", "earliest"), ("latest-offset", "latest"),
                ("latest", "latest"), ("group-offsets", "group"), ("timestamp", "timestamp"),
                ("specific-offsets", "specific"),
            ], default: "")
        if isUpsert && mode != "" && mode != "earliest" {
            reader.report(option, "an upsert-kafka table is always read from the earliest offset")
        }
        switch mode {
        case "earliest": self = .earliest
        case "latest": self = .latest
        case "group": self = .groupOffsets
        case "timestamp": self = .timestamp(PositionText.milliseconds("scan.startup.timestamp-millis", &reader))
        case "specific": self = .specific(PositionText.offsets("scan.startup.specific-offsets", &reader))
        default: self = standard
        }
    }
}

/// Where the reading of a table ends.
enum BoundedMode: Sendable, Hashable {
    case unbounded
    /// The end offsets when the job starts for the first time.
    case latest
    case groupOffsets
    /// Before the first record at or after a time, in milliseconds.
    case timestamp(Int64)
    case specific([Int32: Int64])

    init(_ reader: inout OptionReader) {
        let mode = reader.choice(
            "scan.bounded.mode",
            [
                ("unbounded", ""), ("latest-offset", "latest"), ("latest", "latest"), ("group-offsets", "group"),
                ("timestamp", "timestamp"), ("specific-offsets", "specific"),
            ], default: "")
        switch mode {
        case "latest": self = .latest
        case "group": self = .groupOffsets
        case "timestamp": self = .timestamp(PositionText.milliseconds("scan.bounded.timestamp-millis", &reader))
        case "specific": self = .specific(PositionText.offsets("scan.bounded.specific-offsets", &reader))
        default: self = .unbounded
        }
    }
}

/// Positions as Flink writes them in options.
enum PositionText {
    static func milliseconds(_ option: String, _ reader: inout OptionReader) -> Int64 {
        guard let text = reader.text(option) else {
            reader.report(option, "'\(option)' is missing: milliseconds since 1970-01-01T00:00:00Z")
            return 0
        }
        guard let value = Int64(text), value >= 0 else {
            reader.report(option, "'\(option)' is '\(text)'; write milliseconds since 1970-01-01T00:00:00Z")
            return 0
        }
        return value
    }

    /// `partition:0,offset:42;partition:1,offset:300`
    static func offsets(_ option: String, _ reader: inout OptionReader) -> [Int32: Int64] {
        let form = "write 'partition:0,offset:42;partition:1,offset:300'"
        guard let entries = reader.list(option), !entries.isEmpty else {
            reader.report(option, "'\(option)' is missing; \(form)")
            return [:]
        }
        var offsets: [Int32: Int64] = [:]
        for entry in entries {
            let parts = entry.split(separator: ",").map { $0.split(separator: ":") }
            guard parts.count == 2, parts[0].count == 2, parts[1].count == 2, parts[0][0] == "partition",
                parts[1][0] == "offset", let partition = Int32(parts[0][1]), let offset = Int64(parts[1][1]),
                partition >= 0, offset >= 0, offsets.updateValue(offset, forKey: partition) == nil
            else {
                reader.report(option, "'\(entry)' is not a position; \(form)")
                return [:]
            }
        }
        return offsets
    }
}
