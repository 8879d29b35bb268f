internal import Dataflow
internal import KafkaConnector

/// Records whose dead letters do not hold all of them: they are looked up where they came from.
extension DeadLetterArchive {
    /// The letter's record as its topic has it.
    ///
    /// - Throws: `JobServiceError(.refused)` where the topic does not have it any more.
    package func completed(_ entry: DeadLetterEntry) throws -> DeadLetterEntry {
        guard entry.lacksRecord else { return entry }
        var refusals: [Refusal] = []
        let found = try completed([entry], &refusals)
        if let entry = found.first { return entry }
        let refusal = refusals.first
        throw JobServiceError(.refused, refusal.map { "\($0.place): \($0.reason)" } ?? "its record is not known")
    }

    /// The letters with what they lack; those that cannot be completed are left out and named.
    func completed(_ entries: [DeadLetterEntry], _ refusals: inout [Refusal]) throws -> [DeadLetterEntry] {
        var whole = entries.filter { !$0.lacksRecord }
        var lacking: [SplitID: [Int64: DeadLetterEntry]] = [:]
        for entry in entries where entry.lacksRecord {
            guard let topic = entry.topic, let partition = entry.partition, let offset = entry.offset else { continue }
            lacking[SplitID(topic: topic, partition: partition), default: [:]][offset] = entry
        }
        if lacking.isEmpty { return whole }
        try requireBrokers()
        let inspector = try TopicInspector(properties: configuration.kafkaProperties)
        for (split, wanted) in lacking.sorted(by: { $0.key < $1.key }) {
            var wanted = wanted
            for record in try inspector.records(of: split, at: Set(wanted.keys)) {
                guard let entry = wanted.removeValue(forKey: record.offset) else { continue }
                if entry.isOf(record) {
                    whole.append(entry.holding(record))
                } else {
                    refuse(entry, "another record is at its offset now: the topic was made anew", &refusals)
                }
            }
            for (_, entry) in wanted.sorted(by: { $0.key < $1.key }) {
                refuse(entry, "its topic does not have the record any more", &refusals)
            }
        }
        return whole
    }

    private func refuse(_ entry: DeadLetterEntry, _ reason: String, _ refusals: inout [Refusal]) {
        let lack =
            entry.gap.isEmpty
            ? "the table of dead letters has no messages, so that nothing says whether its letter is whole"
            : "its letter does not hold all of the record"
        refusals.append(Refusal(place: entry.place ?? "", reason: "\(lack), and \(reason)"))
    }
}

extension DeadLetterEntry {
    /// Whether what the letter kept is the beginning of that record.
    fileprivate func isOf(_ record: TopicRecord) -> Bool {
        if let timestamp, timestamp != record.timestamp { return false }
        // Without a message nobody knows whether the value is the record's or the row's.
        if gap.holdsRow || message.isEmpty { return true }
        return Self.isBeginning(rawKey, gap.cut("raw_key"), of: record.key)
            && Self.isBeginning(rawValue, gap.cut("raw_value"), of: record.value)
    }

    private static func isBeginning(_ kept: [UInt8]?, _ cut: DeadLetterGap.Cut?, of whole: [UInt8]?) -> Bool {
        // A table may lack the column.
        guard let kept else { return true }
        guard let cut else { return kept == whole }
        return cut.wholeCount == whole?.count && whole?.starts(with: kept) == true
    }

    fileprivate func holding(_ record: TopicRecord) -> DeadLetterEntry {
        var entry = self
        entry.timestamp = record.timestamp
        entry.rawKey = record.key
        entry.rawValue = record.value
        entry.headers = record.headers
        entry.gap = DeadLetterGap()
        return entry
    }
}
