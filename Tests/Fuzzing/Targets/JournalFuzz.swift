import DevBroker
import NIOCore

/// Files of the broker that somebody damaged, some with checksums made right again: it opens them or says what is
/// wrong, and what it opened it serves.
enum JournalFuzz {
    /// Damages of six bytes each: file, kind, position (2), value (2).
    static func run(_ bytes: [UInt8]) throws {
        let storage = try written().snapshot()
        let files = try names(storage)
        var reader = InputReader(bytes)
        var damages = 0
        while !reader.isAtEnd, damages < 16 {
            try damage(storage, files[Int(reader.byte()) % files.count], &reader)
            damages += 1
        }
        let harness: FuzzBroker
        do {
            harness = try FuzzBroker(storage: storage)
        } catch is DevBrokerError {
            return
        }
        for topic in ["t", "compacted"] {
            for request in [FuzzBroker.fetch(topic, from: 0), .init()] { _ = try harness.send(request) }
            _ = try harness.send(FuzzBroker.listOffsets(topic, time: 5))
        }
        var group = OffsetFetchRequest.Group()
        group.groupId = "g"
        group.topics = nil
        var offsets = OffsetFetchRequest()
        offsets.groups = [group]
        _ = try harness.send(offsets)
        _ = try harness.send(MetadataRequest())
        _ = try harness.send(ListTransactionsRequest())
        harness.advance(by: 60_000)
        _ = try? harness.broker.clean(isForced: true)
    }

    private static func damage(_ storage: MemoryStorage, _ name: String, _ reader: inout InputReader)
        throws
    {
        let kind = reader.byte() % 4
        let position = reader.number()
        let value = reader.number()
        let file = storage.open(name)
        var content = Array(try file.read(at: 0, length: Int(file.size)).readableBytesView)
        if content.isEmpty { return }
        switch kind {
        case 0: content[position % content.count] = UInt8(truncatingIfNeeded: value)
        case 1: content.removeLast(position % content.count)
        case 2:
            content.removeSubrange(
                position % content.count..<min(content.count, position % content.count + value % 64))
        default:
            content[position % content.count] = UInt8(truncatingIfNeeded: value)
            mend(&content, isJournal: name.hasPrefix("state.journal"))
        }
        try file.truncate(to: 0)
        try file.append([ByteBuffer(bytes: content)])
    }

    /// Makes the checksums of entries or batches those of their content.
    private static func mend(_ content: inout [UInt8], isJournal: Bool) {
        var start = 0
        while start + 12 <= content.count {
            let buffer = ByteBuffer(bytes: content)
            guard let length = buffer.getInteger(at: isJournal ? start : start + 8, as: UInt32.self)
            else { return }
            if isJournal {
                let end = start + 8 + Int(length)
                guard let payload = buffer.getSlice(at: start + 8, length: Int(length)) else { return }
                set(CRC32C.checksum(of: payload), at: start + 4, in: &content)
                start = end
            } else {
                let end = start + 12 + Int(length)
                guard length >= 49, let batch = buffer.getSlice(at: start, length: 12 + Int(length)) else {
                    return
                }
                set(
                    CRC32C.checksum(of: batch, from: RecordBatchHeader.checksumStart), at: start + 17,
                    in: &content)
                start = end
            }
        }
    }

    private static func set(_ value: UInt32, at index: Int, in content: inout [UInt8]) {
        for byte in 0..<4 {
            content[index + byte] = UInt8(truncatingIfNeeded: value >> UInt32(24 - 8 * byte))
        }
    }

    private static func names(_ storage: MemoryStorage) throws -> [String] {
        ["state.journal"]
            + storage.folders().flatMap { folder in storage.files(in: folder).map { "\(folder)/\($0)" } }
    }

    /// Files of a broker that has done something of everything.
    private static func written() throws -> MemoryStorage {
        let harness = try FuzzBroker()
        try harness.broker.ensureTopic("t", partitionCount: 2, settings: ["segment.bytes": "300"])
        try harness.broker.ensureTopic(
            "compacted", partitionCount: 1, settings: ["cleanup.policy": "compact"])
        for seed in try RequestFuzz.seeds().suffix(2) {
            var reader = InputReader(seed)
            while !reader.isAtEnd {
                harness.handle(reader.take(reader.number()))
                harness.advance(by: Int64(reader.byte()) * 100)
            }
        }
        for number in 0..<6 {
            let batch = RecordBatch.of(
                [(key: "k\(number % 2)", value: "v\(number)")], timestamp: Int64(number)
            ).encoded()
            for topic in ["t", "compacted"] {
                _ = try harness.send(FuzzBroker.produce(Array(batch.readableBytesView), topic: topic))
            }
        }
        return harness.storage
    }

    static func seeds() -> [[UInt8]] {
        (0..<4).flatMap { kind in
            (0..<4).map { file in [UInt8(file), UInt8(kind), 0, UInt8(40 + 7 * file), 0, 0xff] }
        }
    }
}
