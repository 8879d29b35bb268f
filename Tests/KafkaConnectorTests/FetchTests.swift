import CKafka
import Columnar
import Dataflow
import TestKit
import Testing

@testable import KafkaConnector

/// Records that come over connections of our own are those that librdkafka gives.
@Suite(.timeLimit(.minutes(3)))
struct FetchTests {
    /// A message with all that a reader can see of it.
    private struct Seen: Equatable {
        var offset: Int64
        var timestamp: Int64
        var timestampType: Int
        var key: [UInt8]?
        var value: [UInt8]?
        var headers: String
        var digest: UInt64
    }

    private static func read(
        _ cluster: TestCluster, _ topic: String, _ path: KafkaProperties.DataPath, from offset: Int64 = 0,
        limit: Int = 1000, level: String = "read_committed"
    ) throws -> (seen: [Seen], next: Int64) {
        var entries = cluster.properties.reader(group: "tests", queuedCount: 10_000, queuedKibibytes: 4096)
        entries = entries.filter { $0.name != "isolation.level" } + [.init("isolation.level", level)]
        let consumer = try KafkaConsumer(properties: entries, path: path, events: .ignored)
        let queue = try consumer.makeQueue(topic: topic, partition: 0) {}
        try consumer.add([KafkaPosition(topic: topic, partition: 0, offset: offset)])
        let batch = MessageBatch(capacity: limit)
        var seen: [Seen] = []
        var next = offset
        repeat {
            if queue.read(minimumOffset: next, limit: limit, into: batch) == 0 { consumer.poll(timeoutMilliseconds: 2) }
            if let error = batch.error(ErrorContext()) { throw error }
            for index in 0..<batch.count {
                seen.append(
                    Seen(
                        offset: batch.offset(index), timestamp: batch.timestamp(index),
                        timestampType: batch.timestampType(index), key: batch.key(index).map(Array.init),
                        value: batch.value(index).map(Array.init), headers: HeaderText.json(batch, index),
                        digest: batch.digest(index)))
            }
            next = batch.nextOffset ?? next
        } while !batch.isAtEnd
        batch.release()
        return (seen, next)
    }

    /// Sends messages with keys, headers and timestamps of all kinds.
    private static func send(_ count: Int, to topic: String, with producer: KafkaProducer) throws {
        let outgoing = try producer.makeTopic(topic, capacity: 1)
        for index in 0..<count {
            let value = Array(String(repeating: "value \(index) ", count: index % 7 * (index % 50 == 0 ? 400 : 1)).utf8)
            let key = Array("key \(index % 10)".utf8)
            try value.withUnsafeBufferPointer { value in
                try key.withUnsafeBufferPointer { key in
                    try withHeaders(index) { names, values, lengths, headerCount in
                        let message = ckafka_message(
                            partition: 0, timestamp: 1_700_000_000_000 + Int64(index * 7919 % 1000),
                            value: index % 11 == 3 ? nil : value.baseAddress, value_length: value.count,
                            key: index % 5 == 0 ? nil : key.baseAddress, key_length: index % 5 == 0 ? 0 : key.count,
                            header_names: names, header_values: values, header_lengths: lengths,
                            header_count: headerCount)
                        while try !outgoing.sendOne(message) { producer.poll(timeoutMilliseconds: 5) }
                    }
                }
            }
        }
    }

    private static func withHeaders(
        _ index: Int,
        _ body: (
            UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<UnsafePointer<UInt8>?>?, UnsafePointer<Int64>?, Int
        ) throws -> Void
    ) throws {
        try withCStrings(["name", "name", "none"]) { names in
            try Array("bytes \(index)".utf8).withUnsafeBufferPointer { bytes in
                let values: [UnsafePointer<UInt8>?] = [bytes.baseAddress, bytes.baseAddress, nil]
                try values.withUnsafeBufferPointer { values in
                    try [Int64(bytes.count), 0, -1].withUnsafeBufferPointer { lengths in
                        try body(names, values.baseAddress, lengths.baseAddress, index % 4)
                    }
                }
            }
        }
    }

    @Test(arguments: ["none", "gzip", "snappy", "lz4", "zstd"])
    func bothPathsGiveTheSame(codec: String) async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("same-\(codec)")
            var entries = cluster.properties.producer(transactionalID: nil, transactionTimeoutMilliseconds: 30_000)
            entries.append(.init("compression.type", codec))
            let producer = try KafkaProducer(properties: entries, events: .ignored)
            for count in [1, 30, 900, 5000] {
                try Self.send(count, to: topic, with: producer)
                try producer.flush(timeoutMilliseconds: 20_000)
            }
            let expected = try Self.read(cluster, topic, .librdkafka)
            #expect(expected.seen.count == 5931)
            for limit in [1000, 1, 7] {
                let found = try Self.read(cluster, topic, .direct, limit: limit)
                #expect(found == expected)
            }
            // From within a batch.
            let rest = try Self.read(cluster, topic, .direct, from: 4321)
            #expect(rest.seen == Array(expected.seen[4321...]))
            #expect(rest.next == 5931)
        }
    }

    @Test(arguments: ["read_committed", "read_uncommitted"])
    func abortedTransactionsAreReadByBothPathsAlike(level: String) async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("aborted")
            let producers = try (0..<3).map { try cluster.producer(transactionalID: cluster.name("p\($0)")) }
            for producer in producers { try producer.initTransactions(timeoutMilliseconds: 20_000) }
            var random = SeededRandom(seed: 7)
            var open = [Bool](repeating: false, count: 3)
            for _ in 0..<60 {
                let index = Int.random(in: 0..<3, using: &random)
                if !open[index] { try producers[index].beginTransaction() }
                open[index] = true
                try Self.send(Int.random(in: 1..<40, using: &random), to: topic, with: producers[index])
                try producers[index].flush(timeoutMilliseconds: 20_000)
                switch Int.random(in: 0..<4, using: &random) {
                case 0:
                    try producers[index].commitTransaction()
                    open[index] = false
                case 1:
                    try producers[index].abortTransaction()
                    open[index] = false
                default: break
                }
            }
            // The last one stays open: nothing behind its beginning is stable.
            for index in 0..<2 where open[index] { try producers[index].commitTransaction() }
            let expected = try Self.read(cluster, topic, .librdkafka, level: level)
            let found = try Self.read(cluster, topic, .direct, level: level)
            #expect(found.seen == expected.seen)
            #expect(!found.seen.isEmpty)
            #expect(found.next == expected.next)
        }
    }

    @Test func anOffsetThatIsNotThereIsSaid() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("short")
            try cluster.produce([TestRecord("k", "v")], to: topic)
            let error = #expect(throws: KafkaConnectorError.self) {
                try Self.read(cluster, topic, .direct, from: 100)
            }
            #expect(error?.code == .offsetOutOfRange)
        }
    }

    @Test func aTopicThatGoesAwayIsSaid() async throws {
        try await TestCluster.run { cluster in
            let error = #expect(throws: KafkaConnectorError.self) {
                try Self.read(cluster, cluster.name("never-there"), .direct)
            }
            #expect(error?.code == .topicMissing)
        }
    }

    @Test func whatOnlyTheLibraryHasGoesByTheLibrary() {
        func settings(_ further: [String: String], _ path: KafkaProperties.DataPath? = nil) -> FetchSettings? {
            FetchSettings(further.map { KafkaProperties.Entry($0.key, $0.value) }, path: path)
        }
        #expect(settings([:]) != nil)
        #expect(settings(["security.protocol": "PLAINTEXT"], .direct) != nil)
        #expect(settings([:], .librdkafka) == nil)
        #expect(settings(["security.protocol": "SASL_SSL"]) == nil)
        #expect(settings(["client.rack": "a"]) == nil)
        #expect(settings(["isolation.level": "read_uncommitted"])?.readsCommittedOnly == false)
        #expect(settings(["queued.max.messages.kbytes": "64"])?.queuedByteCount == 65536)
    }

    // MARK: damaged batches

    /// Bytes changed at random, the checksum mended: reading ends, within the batch, whatever they say.
    @Test func damagedBatchesAreReadWithinTheirBytes() throws {
        let whole = try Self.batchBytes(rows: 40)
        var random = SeededRandom(seed: 23)
        var (failed, passed) = (0, 0)
        for _ in 0..<20_000 {
            var bytes = whole
            for _ in 0...Int.random(in: 0..<3, using: &random) {
                bytes[Int.random(in: 16..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            Self.mendChecksum(&bytes)
            let reading = FetchedLog.read(batches: bytes, aborted: [], from: 0, limit: 16)
            var next: Int64 = 0
            for record in reading?.records ?? [] {
                #expect(record.offset >= next)
                next = record.offset + 1
            }
            if reading?.failure != nil { failed += 1 } else { passed += 1 }
        }
        #expect(failed > 1000 && passed > 1000, "\(failed) failed, \(passed) passed")
    }

    /// A reader that is told of less than it asked for waits to be woken, which it is only once it has read everything.
    @Test func anEndBeforeAFullBatchHidesNothing() throws {
        let bytes = try Self.batchBytes(rows: 40)
        let pool = FramePool(maximumKeptByteCount: 0)
        let frame = pool.take(bytes.count)
        frame.writable.copyBytes(from: bytes)
        let queue = FetchedQueue(maximumByteCount: 1 << 20, wakeReader: {}, wakeFetcher: {})
        let partition = FetchedPartition(queue: queue, pool: pool, checksChecksums: true)
        let (segment, _) = try #require(FetchedQueue.Segment.wholeBatches(of: frame, 0..<bytes.count, []))
        queue.push(.end(offset: 0))
        queue.push(.segment(segment))
        let batch = MessageBatch(capacity: 16)
        var (next, counts): (Int64, [Int]) = (0, [])
        repeat {
            counts.append(partition.read(minimumOffset: next, limit: 16, into: batch))
            next = batch.nextOffset ?? next
        } while counts.last == 16
        batch.release()
        #expect(next == 40 && counts == [16, 16, 8])
    }

    /// Such an offset could not be computed with.
    @Test(arguments: [Int64.max, Int64.max - 40, 1 << 62, -1, Int64.min])
    func batchesBeyondAnyLogAreRefused(offset: Int64) throws {
        var bytes = try Self.batchBytes(rows: 40)
        withUnsafeBytes(of: offset.bigEndian) { bytes.replaceSubrange(0..<8, with: $0) }
        #expect(FetchedLog.read(batches: bytes, aborted: [], from: 0, limit: 100) == nil)
        withUnsafeBytes(of: Int64((1 << 62) - 1).bigEndian) { bytes.replaceSubrange(0..<8, with: $0) }
        let reading = try #require(FetchedLog.read(batches: bytes, aborted: [], from: 0, limit: 100))
        #expect(reading.records.count == 40 && reading.failure == nil)
    }

    /// A record may be all headers; they are read in one go.
    @Test func aRecordOfHeadersIsReadInTime() throws {
        let count = 200_000
        let batch = OutgoingBatch(FramePool(maximumKeptByteCount: 0).take(1 << 20), timestamp: 1, now: 1)
        let name = Array("h\0".utf8CString)
        name.withUnsafeBufferPointer { name in
            let names = [UnsafePointer<CChar>?](repeating: name.baseAddress, count: count)
            let values = [UnsafePointer<UInt8>?](repeating: nil, count: count)
            let lengths = [Int64](repeating: -1, count: count)
            names.withUnsafeBufferPointer { names in
                values.withUnsafeBufferPointer { values in
                    lengths.withUnsafeBufferPointer { lengths in
                        var message = ckafka_message(
                            partition: 0, timestamp: 0, value: nil, value_length: 0, key: nil, key_length: 0,
                            header_names: names.baseAddress, header_values: values.baseAddress,
                            header_lengths: lengths.baseAddress, header_count: count)
                        #expect(batch.append(&message, timestamp: 1))
                    }
                }
            }
        }
        batch.seal(ProducerIdentity(id: 7, epoch: 0, transactionalID: nil), sequence: 0)
        let start = ContinuousClock.now
        let reading = try #require(
            FetchedLog.read(batches: Array(batch.bytes), aborted: [], from: 0, limit: 1))
        #expect(reading.records.first.map { $0.headers.utf8.count > count } == true)
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    private static func batchBytes(rows: Int) throws -> [UInt8] {
        let batch = OutgoingBatch(
            FramePool(maximumKeptByteCount: 0).take(1 << 16), timestamp: 1_700_000_000_000, now: 1)
        try withHeaders(3) { names, values, lengths, count in
            let bytes = Array("some bytes".utf8)
            bytes.withUnsafeBufferPointer { bytes in
                for row in 0..<rows {
                    var message = ckafka_message(
                        partition: 0, timestamp: 0, value: bytes.baseAddress, value_length: bytes.count,
                        key: row % 2 == 0 ? nil : bytes.baseAddress, key_length: row % 2 == 0 ? 0 : 4,
                        header_names: names, header_values: values, header_lengths: lengths,
                        header_count: row % 4 % count)
                    _ = batch.append(&message, timestamp: 1_700_000_000_000 + Int64(row))
                }
            }
        }
        batch.seal(ProducerIdentity(id: 7, epoch: 0, transactionalID: nil), sequence: 0)
        return Array(batch.bytes)
    }

    private static func mendChecksum(_ bytes: inout [UInt8]) {
        let checksum = bytes.withUnsafeBufferPointer { bytes in
            bytes.baseAddress.map {
                ckafka_crc32c($0 + BatchHeader.checkedStart, bytes.count - BatchHeader.checkedStart)
            }
        }
        withUnsafeBytes(of: (checksum ?? 0).bigEndian) { bytes.replaceSubrange(17..<21, with: $0) }
    }
}
