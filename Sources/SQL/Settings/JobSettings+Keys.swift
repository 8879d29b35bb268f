internal import Columnar
internal import Dataflow

extension JobSettings {
    /// A SET key: how its value is read. `apply` gives what is expected when the value is none.
    private struct Key: Sendable {
        let name: String
        /// For people: what it sets, its default, and what goes before it.
        let meaning: String
        let apply: @Sendable (inout JobSettings, String) -> String?
    }

    /// Why a setting was refused.
    struct Refusal {
        let isUnknownKey: Bool
        let message: String
        let hint: String?
    }

    private static let keys: [Key] = [
        Key(
            name: "pipeline.name",
            meaning: "The job's name where MILLRACE_JOB_NAME is not set"
        ) { settings, value in
            settings.jobName = value
            return value.isEmpty ? "a name" : nil
        },
        Key(
            name: "parallelism.default",
            meaning: "Worker threads where MILLRACE_PARALLELISM is not set"
        ) { number($1, into: \.parallelism, of: &$0, 1...4096) },
        Key(
            name: "pipeline.max-parallelism",
            meaning:
                "Key groups, by default 128: the most threads that state can be divided among; fixed when a job is created"
        ) { number($1, into: \.keyGroupCount, of: &$0, 1...32768) },
        Key(
            name: "execution.checkpointing.interval",
            meaning: "Time between checkpoints where MILLRACE_CHECKPOINT_INTERVAL is not set"
        ) { duration($1, into: \.checkpointInterval, of: &$0) },
        Key(
            name: "execution.checkpointing.timeout",
            meaning: "Taken for Flink's sake; without effect"
        ) { duration($1, into: \.checkpointTimeout, of: &$0) },
        Key(
            name: "execution.checkpointing.mode",
            meaning: "Taken for Flink's sake; without effect: each sink has 'sink.delivery-guarantee'"
        ) { settings, value in
            settings.checkpointingMode = CheckpointingMode(rawValue: value.uppercased().replacing("-", with: "_"))
            return settings.checkpointingMode == nil ? "EXACTLY_ONCE or AT_LEAST_ONCE" : nil
        },
        Key(
            name: "execution.checkpointing.dir",
            meaning:
                "Where checkpoints are kept; goes before MILLRACE_CHECKPOINT_URI",
            apply: url),
        Key(
            name: "state.checkpoints.dir",
            meaning: "The same as execution.checkpointing.dir", apply: url),
        Key(
            name: "execution.checkpointing.num-retained",
            meaning: "Committed checkpoints kept; goes before MILLRACE_CHECKPOINT_RETAINED"
        ) {
            number($1, into: \.retainedCheckpoints, of: &$0, 1...10_000)
        },
        Key(
            name: "state.checkpoints.num-retained",
            meaning: "The same as execution.checkpointing.num-retained"
        ) { number($1, into: \.retainedCheckpoints, of: &$0, 1...10_000) },
        Key(
            name: "table.exec.temporal-join.retention",
            meaning: "How far behind the watermark versions are kept for late rows of an as-of join; 1h if not set"
        ) { settings, value in
            guard let retention = DurationText.parse(value) else { return DurationText.expectation }
            settings.temporalJoinRetention = retention
            return nil
        },
        Key(
            name: "table.exec.source.idle-timeout",
            meaning:
                "When a silent partition no longer holds the watermark, for tables without 'scan.watermark.idle-timeout'; 1s if not set"
        ) {
            duration($1, into: \.sourceIdleTimeout, of: &$0, allowsZero: true)
        },
        Key(
            name: "table.local-time-zone",
            meaning: "The time zone in which text and dates are read as times"
        ) { settings, value in
            settings.localTimeZone = value == "default" ? nil : value
            return value.isEmpty ? "a time zone such as 'UTC', 'Europe/Berlin' or '+02:00'" : nil
        },
        Key(
            name: "millrace.on-error",
            meaning:
                "fail (default), skip or dead-letter: what becomes of rows whose expressions fail, and of what tables say nothing else about"
        ) { settings, value in
            settings.onError = RowErrorAction(rawValue: value.lowercased())
            return settings.onError == nil ? "'fail', 'skip' or 'dead-letter'" : nil
        },
        Key(
            name: "millrace.dead-letter.table",
            meaning: "The declared table that takes dead letters where the table says nothing else"
        ) { settings, value in
            settings.deadLetterTable = value
            return value.isEmpty ? "the name of a table of this file" : nil
        },
        Key(
            name: "millrace.dead-letter.limit",
            meaning: "Rejected rows above which the job stops, if they are more than the next setting's share too"
        ) {
            number($1, into: \.deadLetterLimit, of: &$0, 0...Int(Int32.max))
        },
        Key(
            name: "millrace.dead-letter.limit-percent",
            meaning:
                "Their share, in percent, of the rows of the minute, or of the day at most in which limit * 100 / percent rows came "
                + "(10,000); 0: the limit alone decides, each minute"
        ) { settings, value in
            guard let percent = Double(value), (0...100).contains(percent) else { return "a number from 0 to 100" }
            settings.deadLetterPercent = percent
            return nil
        },
        Key(
            name: "execution.runtime-mode",
            meaning: "Only streaming"
        ) { _, value in
            value.lowercased() == "streaming" ? nil : "'streaming'; a bounded source ends the job by itself"
        },
    ]

    /// Every key that SET knows with its meaning, sorted.
    package static var documentation: [(name: String, meaning: String)] {
        keys.map { ($0.name, $0.meaning) }.sorted { $0.name < $1.name }
    }

    /// Every key that SET knows, sorted.
    package static var keyNames: [String] { keys.map(\.name).sorted() }

    /// Takes one `SET 'key' = 'value'`; a later one replaces an earlier one.
    mutating func set(_ key: String, _ value: String) -> Refusal? {
        guard let known = Self.keys.first(where: { $0.name == key }) else {
            let hint = NearestName.hint(for: key, among: Self.keyNames)
            return Refusal(
                isUnknownKey: true, message: "unknown setting '\(key)'",
                hint: hint ?? "known settings: \(Self.keyNames.joined(separator: ", "))")
        }
        return known.apply(&self, value).map { expectation in
            Refusal(isUnknownKey: false, message: "the value of '\(key)' must be \(expectation)", hint: nil)
        }
    }

    private static func number(
        _ text: String, into path: WritableKeyPath<JobSettings, Int?>, of settings: inout JobSettings,
        _ range: ClosedRange<Int>
    ) -> String? {
        guard let value = Int(text), range.contains(value) else {
            return "a whole number from \(range.lowerBound) to \(range.upperBound)"
        }
        settings[keyPath: path] = value
        return nil
    }

    private static func duration(
        _ text: String, into path: WritableKeyPath<JobSettings, Duration?>, of settings: inout JobSettings,
        allowsZero: Bool = false
    ) -> String? {
        guard let value = DurationText.parse(text), allowsZero || value > .zero else { return DurationText.expectation }
        settings[keyPath: path] = value
        return nil
    }

    @Sendable
    private static func url(_ settings: inout JobSettings, _ text: String) -> String? {
        settings.checkpointURL = text
        return text.isEmpty ? "a URL such as 'file:///var/lib/millrace'" : nil
    }
}
