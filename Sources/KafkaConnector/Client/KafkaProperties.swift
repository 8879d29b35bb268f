internal import CKafka
internal import Columnar

/// The client properties of a table or a cluster, under librdkafka's names.
package struct KafkaProperties: Hashable, Sendable {
    /// A property by librdkafka's name.
    package struct Entry: Hashable, Sendable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// librdkafka names and values.
    private(set) var values: [String: String] = [:]
    /// `auto.offset.reset`: where to start when the group has no offsets. Kept apart, since a client of ours never resets.
    private(set) var offsetReset: OffsetReset = .none

    /// Where reading starts when the wanted offset is not in the log.
    package enum OffsetReset: String, Sendable {
        case earliest, latest, none
    }

    /// Over whose connections records are read.
    private(set) var dataPath: DataPath?

    /// Whose connections carry records: this module's own where they may (`FetchSettings`), or librdkafka's.
    package enum DataPath: String, Sendable, CaseIterable {
        case direct, librdkafka
    }

    package var bootstrapServers: String? { values["bootstrap.servers"] }
    package var groupID: String? { values["group.id"] }

    /// What identifies the cluster and the user: clients with equal identities may be one.
    package var clusterIdentity: [String: String] {
        values.filter { name, _ in
            name == "bootstrap.servers" || name == "security.protocol" || name.hasPrefix("sasl.")
                || name.hasPrefix("ssl.")
        }
    }

    package init() {}

    /// Takes properties by their names in Kafka's own clients or in librdkafka; problems are told one by one.
    ///
    /// - Parameter problem: called with the property's name as given and what is wrong with it.
    package init(_ properties: [String: String], problem: (_ name: String, _ message: String) -> Void) {
        for (name, value) in properties.sorted(by: { $0.key < $1.key }) {
            if let message = set(name, value) { problem(name, message) }
        }
    }

    /// These, with `others` where they say nothing.
    package func completed(by others: KafkaProperties) -> KafkaProperties {
        var result = self
        result.values.merge(others.values) { ours, _ in ours }
        if result.offsetReset == .none { result.offsetReset = others.offsetReset }
        result.dataPath = dataPath ?? others.dataPath
        return result
    }

    private mutating func set(_ name: String, _ value: String) -> String? {
        switch PropertyRules.rule(for: name) {
        case .ignored: return nil
        case .refused(let reason): return reason
        case .offsetReset:
            guard let reset = OffsetReset(rawValue: value.lowercased()) else {
                return "'\(value)' is not one of earliest, latest, none"
            }
            offsetReset = reset
            return nil
        case .dataPath:
            guard let path = DataPath(rawValue: value.lowercased()) else {
                return "'\(value)' is not one of direct, librdkafka"
            }
            dataPath = path
            return nil
        case .jaas:
            guard let login = PropertyRules.login(jaas: value) else {
                return "only a login module with username=\"...\" and password=\"...\" is understood; "
                    + "set sasl.username and sasl.password instead"
            }
            values["sasl.username"] = login.user
            values["sasl.password"] = login.password
            return nil
        case .bytesToKibibytes(let own):
            guard let bytes = Int(value) else { return "'\(value)' is not a number of bytes" }
            return check(own, String(max(1, bytes / 1024)), as: name)
        case .passed(let own):
            return check(own, value, as: name)
        }
    }

    private mutating func check(_ own: String, _ value: String, as name: String) -> String? {
        do {
            _ = try checkingFailure { ckafka_property_check(own, value, &$0) }
        } catch {
            if error.message.hasPrefix("No such configuration property") {
                let nearest = NearestName.of(name, in: PropertyRules.knownNames)
                return "there is no such property" + (nearest.map { "; did you mean '\($0)'?" } ?? "")
            }
            return PropertyRules.isSecret(own) ? "the value is not valid" : error.message
        }
        values[own] = value
        return nil
    }
}

// MARK: - Clients

extension KafkaProperties {
    /// Reads assigned partitions; never joins, never commits, never resets.
    ///
    /// - Parameters:
    ///   - queuedCount: records that each partition's queue is filled up to.
    ///   - queuedKibibytes: the most that it holds.
    func reader(group: String, queuedCount: Int, queuedKibibytes: Int) -> [Entry] {
        entries(
            defaults: [
                "queued.min.messages": String(queuedCount),
                "queued.max.messages.kbytes": String(queuedKibibytes),
                // While one Fetch waits at the broker, drained partitions wait with it.
                "fetch.wait.max.ms": "100",
                "isolation.level": "read_committed",
                // Off in the client by default; damaged records must not become rows.
                "check.crcs": "true",
                "statistics.interval.ms": Self.statisticsInterval,
            ],
            fixed: [
                // Required for assigned partitions, but never joined; one that the user has rights on.
                "group.id": group,
                "enable.auto.commit": "false",
                "enable.auto.offset.store": "false",
                "auto.offset.reset": "error",
                "enable.partition.eof": "true",
            ])
    }

    /// How long a transaction may stay open, where a checkpoint is taken every so often: as the property says, else long enough
    /// for an epoch and its snapshot, within the brokers' usual `transaction.max.timeout.ms`.
    func transactionTimeoutMilliseconds(checkpointInterval: Int) -> Int {
        values["transaction.timeout.ms"].flatMap { Int($0) }
            ?? min(max(10_000, 3 * checkpointInterval + 30_000), 900_000)
    }

    /// Joins `group` as the instance `instanceID`, reads nothing.
    func member(group: String, instanceID: String) -> [Entry] {
        entries(
            defaults: ["session.timeout.ms": "10000", "heartbeat.interval.ms": "1000"],
            fixed: [
                "group.id": group,
                "group.instance.id": instanceID,
                "enable.auto.commit": "false",
                "enable.auto.offset.store": "false",
                "auto.offset.reset": "error",
                "partition.assignment.strategy": "range",
                // Waits out offsets that belong to an open transaction.
                "isolation.level": "read_committed",
                "statistics.interval.ms": "0",
            ])
    }

    /// Sends idempotently; with `transactionalID` in transactions that the broker ends after the time-out.
    ///
    /// - Parameter batchByteCount: the most that a topic of this producer takes in one batch; nil where it is not known.
    func producer(
        transactionalID: String?, transactionTimeoutMilliseconds: Int, batchByteCount: Int? = nil
    ) -> [Entry] {
        var fixed = ["enable.idempotence": "true", "delivery.report.only.error": "true"]
        if let transactionalID {
            fixed["transactional.id"] = transactionalID
            fixed["transaction.timeout.ms"] = values["transaction.timeout.ms"] ?? String(transactionTimeoutMilliseconds)
        }
        return entries(
            defaults: [
                // What a transaction holds is read after its end, whose flush waits for nothing; else readers wait for the batch.
                "linger.ms": transactionalID == nil ? "5" : "50",
                // A batch is refused as a whole where it is too large, though each of its records is not.
                "batch.size": String(min(1_000_000, batchByteCount ?? .max)),
                "batch.num.messages": "10000",
                "queue.buffering.max.messages": "500000",
                "queue.buffering.max.kbytes": "65536",
                "statistics.interval.ms": Self.statisticsInterval,
            ], fixed: fixed)
    }

    /// Asks questions for `group`, or for none.
    func administration(group: String?) -> [Entry] {
        entries(
            defaults: [:],
            fixed: [
                "group.id": group ?? groupID ?? "millrace",
                "enable.auto.commit": "false",
                "isolation.level": values["isolation.level"] ?? "read_committed",
                // Else it does not say that it talks to a port with TLS, or with a login (`ConnectionTrouble`).
                "log.connection.close": "true",
                "statistics.interval.ms": "0",
            ])
    }

    /// What readers and producers count is asked for so often, what other clients count never: rare enough that making the text costs nothing.
    private static let statisticsInterval = "10000"

    private func entries(defaults: [String: String], fixed: [String: String]) -> [Entry] {
        var result = ["client.id": "millrace", "log.connection.close": "false"]
        result.merge(defaults) { _, new in new }
        result.merge(values) { _, new in new }
        result.merge(fixed) { _, new in new }
        return result.sorted { $0.key < $1.key }.map { Entry($0.key, $0.value) }
    }
}
