internal import Dataflow
internal import KafkaConnector

/// Where dead letters are kept, for `millrace deadletters`.
package struct DeadLetterArchive {
    /// The place that a command names.
    package enum Location: Sendable, Equatable {
        /// A table of the database that MILLRACE_POSTGRES_URL names.
        case table(String)
        /// A topic, with JSON records.
        case topic(String)
    }

    /// What a replay did, or would do.
    package struct Outcome: Sendable {
        /// Records put back.
        package var count = 0
        /// Dead letters left out because their record was put back before.
        package var doneCount = 0
        /// Dead letters left out because their record is not known.
        package var placelessCount = 0
        /// Dead letters left out because they do not hold their whole record and its topic does not either, in order of their places.
        package var refusals: [Refusal] = []
        /// Records by topic and partition.
        package var byPartition: [(partition: String, count: Int)] = []
        package var wasExecuted = false
    }

    /// A dead letter that cannot be put back.
    package struct Refusal: Sendable, Equatable {
        package var place: String
        package var reason: String
    }

    /// Records that one transaction may hold.
    static let maximumRecordCount = 100_000

    private let location: Location
    let configuration: ServiceConfiguration

    package init(_ location: Location, configuration: ServiceConfiguration) {
        self.location = location
        self.configuration = configuration
    }

    private func openTable(_ name: String) throws -> PostgresDeadLetters {
        guard let url = configuration.postgresURL else {
            throw JobServiceError(
                .invalidInput, "set MILLRACE_POSTGRES_URL for the table \(name), or name a topic with --topic")
        }
        return try PostgresDeadLetters(url: url, table: name)
    }

    /// Those that match, in the order of their records.
    package func entries(_ filter: DeadLetterFilter) throws -> (entries: [DeadLetterEntry], foreignCount: Int) {
        switch location {
        case .table(let name): return (try openTable(name).entries(filter), 0)
        case .topic(let topic):
            try requireBrokers()
            return try KafkaDeadLetters.entries(filter, topic: topic, properties: configuration.kafkaProperties)
        }
    }

    func requireBrokers() throws {
        guard configuration.kafkaProperties["bootstrap.servers"] != nil else {
            throw JobServiceError(.invalidInput, "set MILLRACE_KAFKA_BOOTSTRAP_SERVERS")
        }
    }

    /// Puts records back into the partitions that they came from, in their order, in one transaction.
    ///
    /// - Parameters:
    ///   - mended: records in place of those that are kept; they must be among the dead letters.
    ///   - again: also those that were put back before.
    ///   - executes: whether to do it; without, everything is checked and nothing written.
    package func replay(
        _ filter: DeadLetterFilter, mended: [DeadLetterEntry]?, again: Bool, executes: Bool
    ) throws -> Outcome {
        try requireBrokers()
        var filter = filter
        if let mended { filter.places = Set(mended.compactMap(\.place)) }
        let table: PostgresDeadLetters? = if case .table(let name) = location { try openTable(name) } else { nil }
        let kept = try table?.entries(filter) ?? entries(filter).entries
        var outcome = Outcome()
        var chosen = try choose(kept, mended, again: again, &outcome)
        chosen = try completed(chosen, &outcome.refusals)
        chosen.sort {
            ($0.topic ?? "", $0.partition ?? 0, $0.offset ?? 0) < ($1.topic ?? "", $1.partition ?? 0, $1.offset ?? 0)
        }
        guard chosen.count <= Self.maximumRecordCount else {
            throw JobServiceError(
                .invalidInput,
                "\(chosen.count) records are more than the \(Self.maximumRecordCount) that one transaction takes; choose fewer"
            )
        }
        var counts: [String: Int] = [:]
        for entry in chosen { counts["\(entry.topic ?? "")-\(entry.partition ?? 0)", default: 0] += 1 }
        outcome.byPartition = counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        outcome.count = chosen.count
        guard executes, !chosen.isEmpty else { return outcome }
        try execute(chosen, table)
        outcome.wasExecuted = true
        return outcome
    }

    /// One record for each place, though several operators may have rejected it.
    private func choose(
        _ kept: [DeadLetterEntry], _ mended: [DeadLetterEntry]?, again: Bool, _ outcome: inout Outcome
    ) throws(JobServiceError) -> [DeadLetterEntry] {
        var byPlace: [String: DeadLetterEntry] = [:]
        for entry in kept {
            guard let place = entry.place else {
                outcome.placelessCount += 1
                continue
            }
            if entry.replayedAt != nil && !again {
                outcome.doneCount += 1
                byPlace[place] = nil
            } else if byPlace[place] == nil {
                byPlace[place] = entry
            }
        }
        guard let mended else { return Array(byPlace.values) }
        let keptPlaces = Set(kept.compactMap(\.place))
        var chosen: [String: DeadLetterEntry] = [:]
        for entry in mended {
            guard let place = entry.place else { continue }
            guard keptPlaces.contains(place) else {
                throw JobServiceError(.invalidInput, "\(place) is not among the dead letters")
            }
            guard let original = byPlace[place] else { continue }
            guard chosen[place] == nil else { throw JobServiceError(.invalidInput, "the file has \(place) twice") }
            var record = entry
            record.timestamp = entry.timestamp ?? original.timestamp
            // Who mended the record has given all of it.
            let isMended = entry.rawValue != original.rawValue || entry.rawKey != original.rawKey
            record.gap = isMended ? DeadLetterGap() : original.gap
            record.message = isMended ? "mended" : original.message
            chosen[place] = record
        }
        return Array(chosen.values)
    }

    private static func note(_ replay: Int64) -> String { "replay \(replay)" }

    private func execute(_ chosen: [DeadLetterEntry], _ table: PostgresDeadLetters?) throws {
        let topics = Array(Set(chosen.compactMap(\.topic)))
        let name =
            switch location {
            case .table(let name): "millrace-deadletters-\(name)"
            case .topic(let topic): "millrace-deadletters-\(topic)"
            }
        let injector = try RecordInjector(properties: configuration.kafkaProperties, name: name, topics: topics)
        defer { injector.close() }
        var replay: Int64 = 0
        if let table {
            try table.prepareMarks()
            // Whoever began these is shut out by now, and what it did is decided.
            let open = try table.openReplays()
            if !open.isEmpty {
                for replay in open {
                    let last = try injector.lastNote(replay.topic)
                    try table.end(replay.number, wasCommitted: last == Self.note(replay.number))
                }
                throw JobServiceError(
                    .refused,
                    "an earlier replay did not come to its end; what it did is found out and noted now: look at "
                        + "'millrace deadletters list' and call again")
            }
            replay = try table.begin(chosen)
        }
        let records = chosen.map { entry in
            RecordInjector.Record(
                topic: entry.topic ?? "", partition: entry.partition ?? 0, timestamp: entry.timestamp,
                key: entry.rawKey,
                value: entry.rawValue,
                headers: entry.headerList + [("millrace-replay-of", entry.place.map { Array($0.utf8) })])
        }
        do {
            try injector.inject(records, note: Self.note(replay))
        } catch let error as DataflowError where error.code != .unavailable {
            try table?.end(replay, wasCommitted: false)
            throw error
        }
        try table?.end(replay, wasCommitted: true)
    }
}
