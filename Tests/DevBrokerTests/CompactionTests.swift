import DevBroker
import NIOCore
import TestKit
import Testing

@Suite struct CompactionTests {
    private func harness(_ settings: [String: String] = [:]) throws -> BrokerHarness {
        let harness = try BrokerHarness()
        try harness.createTopic("t", settings.merging(["cleanup.policy": "compact"]) { own, _ in own })
        return harness
    }

    private func records(_ harness: BrokerHarness) throws -> [(offset: Int64, key: String, value: String?)] {
        var found: [(offset: Int64, key: String, value: String?)] = []
        var offset: Int64 = 0
        while true {
            let batches = try BrokerHarness.batches(harness.fetch(from: offset).records)
            guard let last = batches.last else { return found }
            for batch in batches where !batch.header.isControl {
                for record in batch.records {
                    found.append(
                        (
                            batch.header.baseOffset + Int64(record.offsetDelta),
                            record.key.map { String(buffer: $0) } ?? "", record.value.map { String(buffer: $0) }
                        ))
                }
            }
            offset = last.header.lastOffset + 1
        }
    }

    @Test func everyKeyKeepsItsLastRecordAndItsOffset() throws {
        let harness = try harness(["segment.bytes": "400"])
        for round in 0..<10 {
            try harness.produce(["\(round)a", "\(round)b", "\(round)c"], keys: ["a", "b", round == 4 ? "c" : "a"])
        }
        try harness.broker.clean(isForced: true)
        for _ in 0..<2 {
            let left = try records(harness)
            #expect(left.map(\.key) == ["c", "b", "a"])
            #expect(left.map(\.value) == ["4c", "9b", "9c"])
            #expect(left.map(\.offset) == [14, 28, 29])
            #expect(try harness.endOffset() == 30)
            try harness.crash()
        }
        #expect(try harness.produce(["new"], keys: ["a"]).baseOffset == 30)
        try harness.broker.clean(isForced: true)
        #expect(try records(harness).map(\.value) == ["4c", "9b", "new"])
    }

    /// Against an oracle: whatever is compacted when, reading gives the last value of every key.
    @Test(arguments: [1, 2, 3, 4, 5] as [UInt64])
    func compactionNeverChangesTheLatestValues(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let harness = try harness(["segment.bytes": "700", "delete.retention.ms": "1000"])
        let producer = try harness.initProducer("x").producer
        var sequence: Int32 = 0
        var expected: [String: String] = [:]
        for step in 0..<300 {
            let count = Int.random(in: 1...4, using: &random)
            let keys = (0..<count).map { _ in "k\(Int.random(in: 0..<20, using: &random))" }
            let values = keys.map { _ in Int.random(in: 0..<4, using: &random) == 0 ? "" : "v\(step)" }
            let isTransaction = Bool.random(using: &random)
            let isCommit = Int.random(in: 0..<3, using: &random) > 0
            if isTransaction {
                try harness.transact(values, "x", producer, sequence: sequence, commit: isCommit, keys: keys)
                sequence += Int32(count)
            } else {
                try harness.produce(values, keys: keys)
            }
            if !isTransaction || isCommit {
                for (key, value) in zip(keys, values) { expected[key] = value == "" ? nil : value }
            }
            harness.clock.advance(by: Int64.random(in: 0..<300, using: &random))
            if Int.random(in: 0..<20, using: &random) == 0 { try harness.broker.clean(isForced: true) }
            if Int.random(in: 0..<50, using: &random) == 0 { try harness.crash() }
        }
        try harness.broker.clean(isForced: true)
        #expect(try latest(harness) == expected, "seed \(seed)")
        harness.clock.advance(by: 5000)
        try harness.broker.clean(isForced: true)
        try harness.crash()
        #expect(try latest(harness) == expected, "seed \(seed)")
        try harness.transact(["more"], "x", producer, sequence: sequence, commit: true, keys: ["k0"])
    }

    /// What a committed reader takes for the table's content.
    private func latest(_ harness: BrokerHarness) throws -> [String: String] {
        var table: [String: String] = [:]
        var offset: Int64 = 0
        while true {
            let answer = try harness.fetch(from: offset, isCommitted: true)
            let batches = try BrokerHarness.batches(answer.records)
            guard let last = batches.last else { return table }
            let aborted = answer.abortedTransactions ?? []
            var open: Set<Int64> = []
            for batch in batches {
                for entry in aborted where entry.firstOffset == batch.header.baseOffset {
                    open.insert(entry.producerId)
                }
                if batch.header.isControl { open.remove(batch.header.producerId) }
                if batch.header.isControl || (batch.header.isTransactional && open.contains(batch.header.producerId)) {
                    continue
                }
                for record in batch.records {
                    table[String(buffer: try #require(record.key))] = record.value.map { String(buffer: $0) }
                }
            }
            offset = last.header.lastOffset + 1
        }
    }

    @Test func deletesStayVisibleForTheirRetention() throws {
        let harness = try harness(["delete.retention.ms": "1000"])
        try harness.produce(["v"], keys: ["a"])
        try harness.produce([""], keys: ["a"])
        let written = harness.clock.now
        try harness.produce(["v"], keys: ["b"])
        try harness.broker.clean(isForced: true)
        #expect(try records(harness).map(\.key) == ["a", "b"])
        // The delete's own time is still right, although the batch's base time has become its horizon.
        let batch = try #require(try BrokerHarness.batches(harness.fetch(from: 0).records).first)
        #expect(batch.header.deleteHorizon == harness.clock.now + 1000)
        #expect(batch.header.baseTimestamp + batch.records[0].timestampDelta == written)
        harness.clock.advance(by: 1000)
        try harness.broker.clean(isForced: true)
        #expect(try records(harness).map(\.key) == ["a", "b"])
        harness.clock.advance(by: 1)
        try harness.broker.clean(isForced: true)
        #expect(try records(harness).map(\.key) == ["b"])
    }

    @Test func recordsOfOpenTransactionsAndWhatFollowsStay() throws {
        let harness = try harness()
        let producer = try harness.initProducer("x").producer
        try harness.produce(["1"], keys: ["a"])
        try harness.addPartition("x", producer)
        try harness.produce(["2"], producer: producer, sequence: 0, transactionalId: "x", keys: ["a"])
        try harness.produce(["3"], keys: ["a"])
        try harness.broker.clean(isForced: true)
        #expect(try records(harness).map(\.value) == ["1", "2", "3"])
        try harness.end("x", producer, commit: false)
        try harness.broker.clean(isForced: true)
        #expect(try records(harness).map(\.value) == ["3"])
    }

    @Test func youngRecordsStayForTheLag() throws {
        let harness = try harness(["min.compaction.lag.ms": "1000"])
        try harness.produce(["1"], keys: ["a"])
        try harness.produce(["2"], keys: ["a"])
        try harness.broker.clean(isForced: true)
        #expect(try records(harness).count == 2)
        harness.clock.advance(by: 1001)
        try harness.broker.clean(isForced: true)
        #expect(try records(harness).map(\.value) == ["2"])
    }

    /// The broker cannot look into compressed batches: they stay, and so do deletes that come after them.
    @Test func compressedBatchesStayWhole() throws {
        let harness = try harness(["delete.retention.ms": "10"])
        var batch = RecordBatch.of([(key: "a", value: "hidden")], timestamp: harness.clock.now)
        batch.header.attributes |= 3
        #expect(try harness.produce(batch.encoded()).errorCode == .none)
        try harness.produce([""], keys: ["a"])
        try harness.produce(["v"], keys: ["b"])
        for _ in 0..<3 {
            try harness.broker.clean(isForced: true)
            harness.clock.advance(by: 100)
        }
        var records = try #require(try harness.fetch(from: 0).records)
        let header = try #require(RecordBatchHeader(records, at: records.readerIndex))
        #expect(header.compression == 3)
        records.moveReaderIndex(forwardBy: header.byteCount)
        #expect(try BrokerHarness.batches(records).flatMap(\.records).count == 2)
    }

    @Test func sequenceNumbersSurviveTheLossOfTheirRecords() throws {
        let harness = try harness()
        let producer = try harness.initProducer(nil).producer
        try harness.produce(["1"], producer: producer, sequence: 0, keys: ["a"])
        try harness.produce(["2"], producer: producer, sequence: 1, keys: ["a"])
        try harness.produce(["other"], keys: ["a"])
        try harness.broker.clean(isForced: true)
        #expect(try records(harness).map(\.value) == ["other"])
        try harness.crash()
        #expect(try harness.produce(["2"], producer: producer, sequence: 1, keys: ["a"]).baseOffset == 1)
        #expect(
            try harness.produce(["4"], producer: producer, sequence: 3, keys: ["a"]).errorCode
                == .outOfOrderSequenceNumber)
        #expect(try harness.produce(["3"], producer: producer, sequence: 2, keys: ["a"]).errorCode == .none)
    }
}
