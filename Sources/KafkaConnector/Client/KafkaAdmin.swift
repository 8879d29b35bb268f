internal import CKafka
internal import Columnar

/// Questions to a cluster that belong to no record. Calls block for at most their time-out; any thread.
extension ClientHandle {
    /// Partitions of a topic.
    ///
    /// - Throws: `.topicMissing` when there is no such topic.
    func partitionCount(_ topic: String, timeoutMilliseconds: Int32) throws(KafkaConnectorError) -> Int {
        try asking(timeoutMilliseconds: timeoutMilliseconds) { timeoutMilliseconds throws(KafkaConnectorError) in
            let count = try checkingFailure(ErrorContext(topic: topic)) { failure in
                ckafka_partition_count(pointer, topic, timeoutMilliseconds, &failure)
            }
            return Int(count)
        }
    }

    /// The cluster's topics and their partition counts.
    func topics(timeoutMilliseconds: Int32) throws(KafkaConnectorError) -> [String: Int] {
        var found: [String: Int] = [:]
        _ = try asking(timeoutMilliseconds: timeoutMilliseconds) { timeoutMilliseconds throws(KafkaConnectorError) in
            try withUnsafeMutablePointer(to: &found) { target throws(KafkaConnectorError) in
                try checkingFailure { failure in
                    ckafka_topics(
                        pointer, timeoutMilliseconds,
                        { context, name, partitions in
                            guard let context, let name else { return }
                            let found = context.assumingMemoryBound(to: [String: Int].self)
                            found.pointee[String(cString: name)] = Int(partitions)
                        }, target, &failure)
                }
            }
        }
        return found
    }

    /// The brokers that lead a topic's partitions; an inner nil where none does now.
    ///
    /// - Throws: `.topicMissing` when there is no such topic.
    func leaders(
        _ topic: String, timeoutMilliseconds: Int32
    ) throws(KafkaConnectorError) -> [Int32: BrokerAddress?] {
        var found: [Int32: BrokerAddress?] = [:]
        _ = try withUnsafeMutablePointer(to: &found) { target throws(KafkaConnectorError) in
            try checkingFailure(ErrorContext(topic: topic)) { failure in
                ckafka_leaders(
                    pointer, topic, timeoutMilliseconds,
                    { context, partition, _, host, port in
                        guard let context else { return }
                        let found = context.assumingMemoryBound(to: [Int32: BrokerAddress?].self)
                        found.pointee[partition] = .some(
                            host.map { BrokerAddress(host: String(cString: $0), port: port) })
                    }, target, &failure)
            }
        }
        return found
    }

    /// The cluster's brokers, by their numbers.
    func brokers(timeoutMilliseconds: Int32) throws(KafkaConnectorError) -> [BrokerAddress] {
        var found: [Int32: BrokerAddress] = [:]
        _ = try withUnsafeMutablePointer(to: &found) { target throws(KafkaConnectorError) in
            try checkingFailure { failure in
                ckafka_brokers(
                    pointer, timeoutMilliseconds,
                    { context, broker, host, port in
                        guard let context, let host else { return }
                        let found = context.assumingMemoryBound(to: [Int32: BrokerAddress].self)
                        found.pointee[broker] = BrokerAddress(host: String(cString: host), port: port)
                    }, target, &failure)
            }
        }
        return found.sorted { $0.key < $1.key }.map(\.value)
    }

    /// What to ask for a partition's offset.
    enum OffsetQuery {
        case earliest
        /// The end; the last stable offset for a client that reads committed records only.
        case latest
        /// The first record at or after a time, in milliseconds; the end when there is none.
        case time(Int64)
    }

    /// Offsets of `partitions` (whose own offsets do not matter), in their order.
    func offsets(
        _ partitions: [KafkaPosition], _ query: OffsetQuery, timeoutMilliseconds: Int32
    ) throws(KafkaConnectorError) -> [KafkaPosition] {
        guard !partitions.isEmpty else { return [] }
        let question: Int64 =
            switch query {
            case .earliest: -2
            case .latest: -1
            case .time(let milliseconds): max(milliseconds, 0)
            }
        var asked = partitions
        for index in asked.indices { asked[index].offset = question }
        let answer = try checkingFailure(ErrorContext(topic: partitions[0].topic)) { failure in
            withPositions(asked) { ckafka_offsets_for_times(pointer, $0, timeoutMilliseconds, &failure) }.offsets
        }
        var latest: [KafkaPosition]?
        for index in asked.indices {
            asked[index].offset = answer[index]
            if answer[index] < 0 {
                // No record is that young: reading starts, or ends, with what comes next.
                if latest == nil {
                    latest = try offsets(partitions, .latest, timeoutMilliseconds: timeoutMilliseconds)
                }
                asked[index].offset = latest?[index].offset ?? 0
            }
        }
        return asked
    }

    /// What the client's group has committed for `partitions`; -1 where there is nothing.
    func committed(
        _ partitions: [KafkaPosition], timeoutMilliseconds: Int32
    ) throws(KafkaConnectorError) -> [KafkaPosition] {
        guard !partitions.isEmpty else { return [] }
        var answer = partitions
        _ = try withUnsafeMutablePointer(to: &answer) { target throws(KafkaConnectorError) in
            try checkingFailure { failure in
                withPositions(partitions) { positions in
                    ckafka_committed(
                        pointer, positions, timeoutMilliseconds,
                        { context, index, offset, metadata, length in
                            guard let context else { return }
                            let answer = context.assumingMemoryBound(to: [KafkaPosition].self)
                            answer.pointee[index].offset = offset
                            let bytes = UnsafeRawBufferPointer(start: metadata, count: metadata == nil ? 0 : length)
                            answer.pointee[index].metadata = String(decoding: bytes, as: UTF8.self)
                        }, target, &failure)
                }.result
            }
        }
        return answer
    }

    /// Commits offsets for the client's group, which must have no member. Does not wait: what becomes of it is not told.
    func commit(_ positions: [KafkaPosition]) throws(KafkaConnectorError) {
        guard !positions.isEmpty else { return }
        _ = try checkingFailure { failure in
            withPositions(positions) { ckafka_commit_offsets(pointer, $0, &failure) }.result
        }
    }

    /// Creates a topic. Succeeds when it exists already.
    ///
    /// - Parameter partitions: -1 for the broker's default, as for `replication`.
    func createTopic(
        _ topic: String, partitions: Int = -1, replication: Int = -1, configs: [KafkaProperties.Entry] = [],
        timeoutMilliseconds: Int32
    ) throws(KafkaConnectorError) {
        do {
            _ = try checkingFailure(ErrorContext(topic: topic)) { failure in
                withCStrings(configs.map(\.name)) { names in
                    withCStrings(configs.map(\.value)) { values in
                        ckafka_create_topic(
                            pointer, topic, Int32(partitions), Int32(replication),
                            ckafka_properties(names: names, values: values, count: configs.count), timeoutMilliseconds,
                            &failure)
                    }
                }
            }
        } catch  where error.kafkaCode == "TOPIC_ALREADY_EXISTS" {
            return
        }
    }

    /// Deletes a topic with everything in it.
    func deleteTopic(_ topic: String, timeoutMilliseconds: Int32) throws(KafkaConnectorError) {
        _ = try checkingFailure(ErrorContext(topic: topic)) { failure in
            ckafka_delete_topic(pointer, topic, timeoutMilliseconds, &failure)
        }
    }

    /// A property of a topic as the broker holds it, such as `max.message.bytes`.
    func topicConfig(_ topic: String, _ name: String, timeoutMilliseconds: Int32) throws(KafkaConnectorError) -> String
    {
        try withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1024) { text throws(KafkaConnectorError) in
            text.initialize(repeating: 0)
            _ = try checkingFailure(ErrorContext(topic: topic)) { failure in
                ckafka_topic_config(
                    pointer, topic, name, text.baseAddress, text.count, timeoutMilliseconds, &failure)
            }
            guard let start = text.baseAddress else { return "" }
            return String(cString: start)
        }
    }
}
