import DevBroker
import NIOCore
import Testing

/// The broker crashes at every single write of a run, and must come back with all that it had promised.
@Suite struct CrashTests {
    /// What clients were told.
    private struct Promises {
        var values: [String] = []
        var committed: [Int64] = []
        var started: Int64 = 0
    }

    @Test(arguments: FailingStorage.Remainder.allCases)
    func transactionsAreWholeAfterACrashAtAnyWrite(remainder: FailingStorage.Remainder) throws {
        var writes = 0
        var isWhole = false
        while !isWhole {
            let harness = try BrokerHarness()
            try harness.createTopic("t", partitions: 2)
            try harness.createTopic("plain")
            var promises = Promises()
            let storage = FailingStorage(harness.storage, writes: writes, remainder: remainder)
            try harness.use(storage)
            isWhole = (try? run(harness, &promises)) != nil
            #expect(isWhole != storage.hasFailed)
            try harness.crash()
            try check(harness, promises, "\(remainder) after \(writes) writes")
            writes += 1
        }
        #expect(writes > 25)
    }

    /// Three transactions over two partitions and a group's offset, and records outside of them.
    private func run(_ harness: BrokerHarness, _ promises: inout Promises) throws {
        let (producer, error) = try harness.initProducer("x")
        try require(error)
        for round in 1...3 as ClosedRange<Int64> {
            promises.started = round
            for partition in 0..<2 as Range<Int32> {
                try require(harness.addPartition("x", producer, partition: partition))
                try require(
                    harness.produce(
                        ["\(round)"], partition: partition, producer: producer, sequence: Int32(round - 1),
                        transactionalId: "x"
                    ).errorCode)
            }
            try require(harness.addOffsets("x", producer))
            try require(harness.commitInTransaction(round, "x", producer))
            try require(harness.produce(["plain \(round)"], to: "plain").errorCode)
            promises.values.append("plain \(round)")
            try require(harness.end("x", producer, commit: true))
            promises.committed.append(round)
        }
    }

    private func require(_ error: ErrorCode) throws {
        if error != .none { throw Missing(what: "success: \(error)") }
    }

    private func check(_ harness: BrokerHarness, _ promises: Promises, _ comment: Comment) throws {
        // Whoever goes on ends what was open.
        let (producer, error) = try harness.initProducer("x")
        #expect(error == .none, comment)
        let first = try harness.consume(partition: 0)
        #expect(try harness.consume(partition: 1) == first, comment)
        let rounds = first.compactMap { Int64($0) }
        #expect(Array(rounds.prefix(promises.committed.count)) == promises.committed, comment)
        #expect(rounds.count <= Int(promises.started), comment)
        let offset = try harness.committed(requireStable: true)
        #expect(offset.errorCode == .none, comment)
        #expect(offset.committedOffset == rounds.last ?? -1, comment)
        let plain = try harness.consume("plain")
        #expect(Array(plain.prefix(promises.values.count)) == promises.values, comment)
        #expect(plain.count <= promises.values.count + 1, comment)
        try harness.transact(["more"], "x", producer, commit: true)
        #expect(try harness.consume(partition: 0).last == "more", comment)
    }

    /// A compaction that is cut short anywhere changes nothing that a reader could tell.
    @Test(arguments: FailingStorage.Remainder.allCases)
    func compactionIsWholeAfterACrashAtAnyWrite(remainder: FailingStorage.Remainder) throws {
        var writes = 0
        var isWhole = false
        while !isWhole {
            let harness = try BrokerHarness()
            try harness.createTopic("t", ["cleanup.policy": "compact", "segment.bytes": "300"])
            for round in 0..<12 { try harness.produce(["\(round)"], keys: ["k\(round % 3)"]) }
            let storage = FailingStorage(harness.storage, writes: writes, remainder: remainder)
            try harness.use(storage)
            isWhole = (try? harness.broker.clean(isForced: true)) != nil
            try harness.crash()
            #expect(Array(try harness.consume().suffix(3)) == ["9", "10", "11"], "\(remainder) after \(writes) writes")
            #expect(try harness.produce(["new"], keys: ["k0"]).baseOffset == 12)
            writes += 1
        }
        #expect(writes > 5)
    }

    /// A journal that is replaced by a snapshot says the same, wherever that is cut short.
    @Test(arguments: FailingStorage.Remainder.allCases)
    func theStateIsWholeAfterACrashInASnapshot(remainder: FailingStorage.Remainder) throws {
        var writes = 0
        var isWhole = false
        while !isWhole {
            let harness = try BrokerHarness { $0.journalSnapshotByteCount = 2000 }
            try harness.createTopic("t", partitions: 2)
            let storage = FailingStorage(harness.storage, writes: writes, remainder: remainder)
            try harness.use(storage)
            var acknowledged: Int64 = -1
            isWhole = true
            for offset in 0..<40 as Range<Int64> {
                guard (try? harness.commit(offset)) == ErrorCode.none else {
                    isWhole = false
                    break
                }
                acknowledged = offset
            }
            try harness.crash()
            let found = try harness.committed().committedOffset
            #expect(found == acknowledged || found == acknowledged + 1, "\(remainder) after \(writes) writes")
            writes += 1
        }
        #expect(writes > 40)
    }
}
