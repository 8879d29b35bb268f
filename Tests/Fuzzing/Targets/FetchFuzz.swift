import DevBroker
import KafkaConnector
import NIOCore

/// Batches and answers as a job's fetching takes them: refused, or read to their end, and the same however many records are taken at
/// a time.
enum FetchFuzz {
    private static let versions: [Int16] = [4, 5, 7, 9, 11]

    /// A byte that chooses the kind; then an answer, or the aborted transactions and batches, counted.
    static func run(_ bytes: [UInt8]) throws {
        var reader = InputReader(bytes)
        let kind = Int(reader.byte())
        if kind % 2 == 1 {
            let version = versions[kind / 2 % versions.count]
            let answer = reader.rest()
            let readings = [3, 100].map { FetchedLog.read(answer: answer, version: version, limit: $0) }
            let (few, many) = (readings[0], readings[1])
            try FuzzFinding.check(few?.count == many?.count, "the limit of a read changes the partitions")
            for (few, many) in zip(few ?? [], many ?? []) { try check(few, many) }
            for reading in readings.flatMap({ $0 ?? [] }) { try check(reading, from: 0) }
            return
        }
        let aborted = (0..<Int(reader.byte() % 4)).map { _ in
            (producer: Int64(reader.byte() % 4), firstOffset: Int64(reader.byte()))
        }
        let offset = Int64(reader.byte() % 16)
        var log: [UInt8] = []
        while !reader.isAtEnd { log += RecordFuzz.mended(reader.take(reader.number())) }
        let readings = [1, 3, 100].map {
            FetchedLog.read(batches: log, aborted: aborted, from: offset, limit: $0)
        }
        for reading in readings {
            try check(readings[0], reading)
            if let reading { try check(reading, from: offset) }
        }
    }

    /// The same, but that reading a few records at a time may come further before one that is none.
    private static func check(_ few: FetchedLog.Reading?, _ many: FetchedLog.Reading?) throws {
        let isSame =
            if let few, let many, few.failure != nil {
                few.failure == many.failure && few.records.starts(with: many.records)
            } else {
                few == many
            }
        try FuzzFinding.check(isSame, "the limit of a read changes what is read")
    }

    private static func check(_ reading: FetchedLog.Reading, from offset: Int64) throws {
        var next = offset
        for record in reading.records {
            try FuzzFinding.check(record.offset >= next, "offset \(record.offset) was read where \(next) was to come")
            next = record.offset + 1
        }
        try FuzzFinding.check((reading.nextOffset ?? next) >= next, "the next offset is \(reading.nextOffset ?? -1)")
    }

    static func seeds() -> [[UInt8]] {
        let batches = RecordFuzz.batches.map { Array($0.encoded().readableBytesView) }
        var seeds: [[UInt8]] = batches.map { [0, 0, 0] + $0.counted }
        var moved = batches.enumerated().flatMap { index, bytes in
            // Their offsets one after another.
            ([0, 0, 0, 0, 0, 0, 0, UInt8(index * 3)] + bytes.dropFirst(8)).counted
        }
        seeds += [[0, 1, 1, 0, 2] + moved, [0, 0, 1] + moved]
        moved = batches.flatMap { $0 }
        for (index, version) in versions.enumerated() {
            var answer = ByteBuffer()
            answer.writeInteger(Int32(0))
            if version >= 7 { answer.writeBytes([0, 0, 0, 0, 0, 0]) }
            answer.writeInteger(Int32(1))
            answer.writeInteger(Int16(1))
            answer.writeString("t")
            answer.writeInteger(Int32(1))
            answer.writeInteger(Int32(0))
            answer.writeInteger(Int16(0))
            answer.writeInteger(Int64(20))
            answer.writeInteger(Int64(20))
            if version >= 5 { answer.writeInteger(Int64(0)) }
            answer.writeInteger(Int32(1))
            answer.writeInteger(Int64(1))
            answer.writeInteger(Int64(0))
            if version >= 11 { answer.writeInteger(Int32(-1)) }
            answer.writeInteger(Int32(moved.count))
            answer.writeBytes(moved)
            seeds.append([UInt8(index * 2 + 1)] + Array(answer.readableBytesView))
        }
        return seeds
    }
}
