import Columnar
import Dataflow
import Formats

@testable import KafkaConnector

/// A record as tests write and compare it.
struct TestRecord: Hashable {
    var key: String?
    var value: String?

    init(_ key: String?, _ value: String?) {
        self.key = key
        self.value = value
    }
}

extension TestCluster {
    /// Writes records outside every transaction.
    func produce(_ records: [TestRecord], to topic: String, partition: Int32 = 0) throws {
        let producer = try producer()
        try send(records, to: topic, partition: partition, with: producer)
        try producer.flush(timeoutMilliseconds: 20_000)
    }

    func send(_ records: [TestRecord], to topic: String, partition: Int32, with producer: KafkaProducer) throws {
        let outgoing = try producer.makeTopic(topic, capacity: 1)
        let chunk = EncodedChunk(hasKeys: true)
        for record in records {
            chunk.removeAll()
            chunk.stickyPartition = partition
            chunk.values.append(record.value ?? "")
            chunk.keys?.append(record.key ?? "")
            outgoing.stage(chunk.rows(.fixed, partitionCount: partition + 1))
            while try outgoing.send() > 0 { producer.poll(timeoutMilliseconds: 5) }
        }
    }

    /// Everything committed in a topic, by partition in log order.
    func read(_ topic: String, partitions: Int = 1) throws -> [[TestRecord]] {
        let consumer = try KafkaConsumer(
            properties: properties.reader(group: "tests", queuedCount: 10_000, queuedKibibytes: 4096),
            path: properties.dataPath, events: .ignored)
        let queues = try (0..<partitions).map { partition in
            try consumer.makeQueue(topic: topic, partition: Int32(partition)) {}
        }
        try consumer.add((0..<partitions).map { KafkaPosition(topic: topic, partition: Int32($0), offset: 0) })
        let batch = MessageBatch(capacity: 1000)
        return queues.map { queue in
            var records: [TestRecord] = []
            var next: Int64 = 0
            repeat {
                if queue.read(minimumOffset: next, limit: 1000, into: batch) == 0 {
                    consumer.poll(timeoutMilliseconds: 5)
                }
                records += (0..<batch.count).map { index in
                    TestRecord(
                        batch.key(index).map { String(decoding: $0, as: UTF8.self) },
                        batch.value(index).map { String(decoding: $0, as: UTF8.self) })
                }
                next = batch.nextOffset ?? next
            } while !batch.isAtEnd
            batch.release()
            return records
        }
    }
}

extension MessageBuffer {
    func append(_ text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }
}

/// A batch from rows of optional texts and numbers.
func batch(_ schema: Schema, _ rows: [[Any?]], kinds: [RowKind]? = nil) -> RecordBatch {
    let builder = BatchBuilder(schema: schema, writesRowKinds: kinds != nil)
    for (index, row) in rows.enumerated() {
        for (column, value) in row.enumerated() {
            switch value {
            case let text as String:
                var text = text
                text.withUTF8 { builder.setBytes(column, UnsafeRawBufferPointer($0)) }
            case let number as Int:
                if schema[column].type.physical == .int32 {
                    builder.setInt32(column, Int32(number))
                } else {
                    builder.setInt64(column, Int64(number))
                }
            default: break
            }
        }
        if let kinds { builder.setRowKind(kinds[index]) }
        builder.commitRow()
    }
    return builder.finish()
}

/// The rows of a batch as text, the row kind first where there is one.
func rows(_ batch: RecordBatch?) -> [String] {
    guard let batch else { return [] }
    var result: [String] = []
    batch.forEachRow { row in
        var parts = batch.rowKinds == nil ? [] : ["\(batch.rowKind(row))"]
        for column in batch.columns {
            guard column.isValid(row) else {
                parts.append("null")
                continue
            }
            switch column.type.physical {
            case .bytes: parts.append(String(decoding: column.bytes(row), as: UTF8.self))
            case .int64: parts.append(String(column.int64s[row]))
            case .int32: parts.append(String(column.int32s[row]))
            case .double: parts.append(String(column.doubles[row]))
            case .bool: parts.append(column.bools[row] == 1 ? "true" : "false")
            case .int128: parts.append(String(column.int128s[row]))
            }
        }
        result.append(parts.joined(separator: " "))
    }
    return result
}

/// Reads splits in turn until `isDone`, and returns the rows in the order in which they came.
func readRows(
    _ reader: any SourceReader, until isDone: ([SourceRead.Status], Int) -> Bool
) throws -> (rows: [String], letters: [String], skipped: Int) {
    var result: [String] = []
    var letters: [String] = []
    var skipped = 0
    var statuses = [SourceRead.Status](repeating: .waiting, count: reader.splits.count)
    repeat {
        for split in reader.splits.indices {
            let read = try reader.read(split: split, maximumRowCount: 1000)
            result += rows(read.batch)
            letters += rows(read.deadLetters)
            skipped += read.skippedCount
            statuses[split] = read.status
        }
    } while !isDone(statuses, result.count)
    return (result, letters, skipped)
}
