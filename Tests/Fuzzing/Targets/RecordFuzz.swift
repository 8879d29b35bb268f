import DevBroker
import NIOCore

/// Batches with right lengths and checksums around any content: the broker refuses them or serves them, finds offsets
/// by time, compacts, and has the same log after a crash.
enum RecordFuzz {
    /// A byte that chooses the topic, then the batches, counted.
    static func run(_ bytes: [UInt8]) throws {
        var reader = InputReader(bytes)
        let harness = try FuzzBroker()
        let isCompacted = reader.byte() % 2 == 1
        try harness.broker.ensureTopic(
            "t", partitionCount: 1,
            settings: ["cleanup.policy": isCompacted ? "compact" : "delete", "segment.bytes": "300"])
        while !reader.isAtEnd {
            let batch = mended(reader.take(reader.number()))
            let isMalformed = reader.byte() == 0xff
            _ = try harness.send(FuzzBroker.produce(isMalformed ? Array(batch.dropLast()) : batch))
            try FuzzFinding.check(
                harness.broker.failure == nil, "the broker stopped: \(harness.broker.failure!)")
        }
        for time in [Int64.min, -2, -1, 0, 5, Int64.max] {
            _ = try harness.send(FuzzBroker.listOffsets(time: time))
        }
        harness.advance(by: 3_600_000)
        try harness.broker.clean(isForced: true)
        try FuzzFinding.check(
            harness.broker.failure == nil, "the broker stopped: \(harness.broker.failure!)")
        let before = try harness.log()
        try harness.restart()
        try FuzzFinding.check(try harness.log() == before, "the log is another one after a crash")
    }

    /// With the length and the checksum that its content has.
    static func mended(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.count >= RecordBatchHeader.byteCount else { return bytes }
        var buffer = ByteBuffer(bytes: bytes)
        buffer.setInteger(Int32(bytes.count - RecordBatchHeader.prefixByteCount), at: 8)
        buffer.setInteger(2 as Int8, at: 16)
        let checksum = CRC32C.checksum(of: buffer, from: RecordBatchHeader.checksumStart)
        buffer.setInteger(checksum, at: RecordBatchHeader.checksumStart - 4)
        return Array(buffer.readableBytesView)
    }

    /// One of each kind.
    static var batches: [RecordBatch] { lists.flatMap { $0 } }

    private static var lists: [[RecordBatch]] {
        let plain = RecordBatch.of([(key: "k", value: "v"), (key: "l", value: nil)], timestamp: 5)
        let keyless = RecordBatch.of([(key: nil, value: "v")], timestamp: 7)
        let idempotent = RecordBatch.of(
            [(key: "k", value: "w")], timestamp: 6, producer: ProducerIdentity(id: 1, epoch: 0),
            baseSequence: 0)
        var next = idempotent
        next.header.baseSequence = 1
        var compressed = plain
        compressed.header.attributes = 1
        let marker = RecordBatch.marker(
            isCommit: true, producer: ProducerIdentity(id: 1, epoch: 0), coordinatorEpoch: 0, timestamp: 8
        )
        return [[plain], [keyless, plain, plain], [idempotent, next, next], [compressed, plain], [marker]]
    }

    static func seeds() -> [[UInt8]] {
        lists.flatMap { batches in
            [0, 1].map { policy in
                [policy] + batches.flatMap { Array($0.encoded().readableBytesView).counted + [0] }
            }
        }
    }
}
