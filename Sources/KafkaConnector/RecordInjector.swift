internal import CKafka
internal import Columnar
internal import Dataflow

/// Puts given records into given partitions in one transaction, for commands. Used by one thread.
///
/// Injectors of one name shut each other out, and each leaves a note in the transaction by which its successor learns whether it was
/// committed.
package final class RecordInjector {
    /// A record with its place.
    package struct Record: Sendable {
        package var topic: String
        package var partition: Int32
        /// Milliseconds since 1970; nil for now.
        package var timestamp: Int64?
        package var key: [UInt8]?
        /// Nil is a tombstone.
        package var value: [UInt8]?
        package var headers: [(name: String, value: [UInt8]?)]

        package init(
            topic: String, partition: Int32, timestamp: Int64?, key: [UInt8]?, value: [UInt8]?,
            headers: [(name: String, value: [UInt8]?)]
        ) {
            self.topic = topic
            self.partition = partition
            self.timestamp = timestamp
            self.key = key
            self.value = value
            self.headers = headers
        }
    }

    private static let timeoutMilliseconds: Int32 = 30_000

    private let producer: KafkaProducer
    private let member: KafkaGroupMember
    private let topics: [String]

    /// Shuts out earlier injectors of that name and aborts what they left open.
    ///
    /// - Parameters:
    ///   - properties: client properties, `bootstrap.servers` among them.
    ///   - name: of the transactional id and of the group that holds the notes.
    ///   - topics: every topic that will be written to; at least one.
    package init(properties: [String: String], name: String, topics: [String]) throws {
        precondition(!topics.isEmpty, "an injector without topics")
        var problem: String?
        let known = KafkaProperties(properties) { problem = problem ?? "\($0): \($1)" }
        if let problem { throw DataflowError(.invalidConfiguration, problem) }
        self.topics = topics.sorted()
        (producer, member) = try translatingErrors {
            let producer = try KafkaProducer(
                properties: known.producer(transactionalID: name, transactionTimeoutMilliseconds: 60_000),
                events: .ignored)
            try Self.repeating { () throws(KafkaConnectorError) in
                try producer.initTransactions(timeoutMilliseconds: Self.timeoutMilliseconds)
            }
            let member = try KafkaGroupMember(
                properties: known.member(group: name, instanceID: name), topics: topics.sorted(),
                timeoutMilliseconds: Int(Self.timeoutMilliseconds), events: .ignored)
            return (producer, member)
        }
    }

    /// The note of the last transaction that was committed of which `topic` was the first by name; nil where there is none.
    package func lastNote(_ topic: String) throws -> String? {
        try translatingErrors {
            let place = [KafkaPosition(topic: topic, partition: 0, offset: 0)]
            return try member.client.committed(place, timeoutMilliseconds: Self.timeoutMilliseconds).first.flatMap {
                $0.offset < 0 ? nil : $0.metadata
            }
        }
    }

    /// Writes the records in their order and commits them with a note.
    ///
    /// - Parameter note: printable ASCII, at most 128 characters.
    /// - Throws: nothing is visible then, but for `.unavailable` in the commit itself, whose outcome `lastNote` of the next injector tells.
    package func inject(_ records: [Record], note: String) throws {
        try translatingErrors {
            try producer.beginTransaction()
            do throws(KafkaConnectorError) {
                var outgoing: [String: any OutgoingTopic] = [:]
                for record in records {
                    let topic: any OutgoingTopic
                    if let known = outgoing[record.topic] {
                        topic = known
                    } else {
                        topic = try producer.makeTopic(record.topic, capacity: 1)
                        outgoing[record.topic] = topic
                    }
                    while try !Self.send(record, to: topic) { producer.poll(timeoutMilliseconds: 10) }
                }
                try producer.flush(timeoutMilliseconds: Self.timeoutMilliseconds)
                let mark = [KafkaPosition(topic: topics[0], partition: 0, offset: 0, metadata: note)]
                try Self.repeating { () throws(KafkaConnectorError) in
                    try producer.sendOffsets(mark, member: member, timeoutMilliseconds: Self.timeoutMilliseconds)
                }
            } catch {
                producer.purge()
                try? producer.abortTransaction()
                throw error
            }
            try Self.repeating { () throws(KafkaConnectorError) in try producer.commitTransaction() }
        }
    }

    package func close() {
        member.stop()
    }

    private static func repeating(_ body: () throws(KafkaConnectorError) -> Void) throws(KafkaConnectorError) {
        let deadline = monotonicNanoseconds() + UInt64(timeoutMilliseconds) * 1_000_000
        while true {
            do throws(KafkaConnectorError) {
                return try body()
            } catch {
                guard error.isRetriable, monotonicNanoseconds() < deadline else { throw error }
            }
        }
    }

    /// Whether the queue had room.
    private static func send(_ record: Record, to topic: any OutgoingTopic) throws(KafkaConnectorError) -> Bool {
        var failure: KafkaConnectorError?
        let taken = record.withMessage { message in
            do throws(KafkaConnectorError) {
                return try topic.sendOne(message)
            } catch {
                failure = error
                return false
            }
        }
        if let failure { throw failure }
        return taken
    }
}

extension RecordInjector.Record {
    /// Lends the record to the C layer.
    func withMessage<Result>(_ body: (ckafka_message) -> Result) -> Result {
        var values: [UInt8] = []
        var starts: [Int] = []
        for header in headers {
            starts.append(values.count)
            // Never empty, so that every start is in the memory.
            values += (header.value ?? []) + [0]
        }
        let lengths = headers.map { Int64($0.value?.count ?? -1) }
        return withCStrings(headers.map(\.name)) { names in
            values.withUnsafeBufferPointer { values in
                lengths.withUnsafeBufferPointer { lengths in
                    let pointers: [UnsafePointer<UInt8>?] = starts.map { start in
                        values.baseAddress.map { $0 + start }
                    }
                    return pointers.withUnsafeBufferPointer { pointers in
                        Self.withBytes(key) { key in
                            Self.withBytes(value) { value in
                                body(
                                    ckafka_message(
                                        partition: partition, timestamp: timestamp ?? 0,
                                        value: value.baseAddress, value_length: value.count, key: key.baseAddress,
                                        key_length: key.count, header_names: names,
                                        header_values: pointers.baseAddress, header_lengths: lengths.baseAddress,
                                        header_count: headers.count))
                            }
                        }
                    }
                }
            }
        }
    }

    /// Memory whose address is null for nil only.
    private static func withBytes<Result>(
        _ bytes: [UInt8]?, _ body: (UnsafeBufferPointer<UInt8>) -> Result
    ) -> Result {
        guard let bytes else { return body(UnsafeBufferPointer(start: nil, count: 0)) }
        return (bytes + [0]).withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0.dropLast())) }
    }
}
