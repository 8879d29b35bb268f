import Columnar
import Dataflow
import DevPostgres
import PostgresConnector
import Testing

/// The rows that prove which epochs a database has committed, and which rows are whose.
@Suite(.timeLimit(.minutes(5)))
struct EpochHistoryTests {
    private let fields = [Field("id", .bigint), Field("v", .bigint)]

    private func batch(_ ids: Range<Int>) -> RecordBatch {
        makeBatch(Schema(fields), ids.map { [.integer(Int64($0)), 1] })
    }

    @Test func everyEpochHasItsMarkerAndItsRows() throws {
        let bench = try SinkBench(nil, "CREATE TABLE t (id bigint, v bigint)")
        let spec = bench.spec("t", fields)
        let sink = try bench.sink(spec)
        let participant = try #require(sink.participant)
        defer { participant.close() }
        _ = try participant.fence(bench.identity())
        let writer = try sink.makeWriter(subtask: 0, wakeUp: {})
        for epoch in 1...5 {
            // The third epoch brings nothing.
            if epoch != 3 { try writer.write(batch(epoch * 100..<epoch * 100 + epoch)) }
            try bench.commit(Int64(epoch), participant, [writer])
        }
        try bench.database.execute("INSERT INTO t VALUES (900, 1)")
        let inspector = try DatabaseInspector(spec.table)
        let record = try #require(try inspector.bookkeeping(job: bench.job).first)
        let markers = try #require(try inspector.markers(job: bench.job, task: record.task))
        #expect(record.epoch == 5 && record.lineage == bench.lineage && record.manifestDigest == "abc5")
        #expect(markers.map(\.epoch) == [1, 2, 3, 4, 5] && markers.map(\.number) == [1, 2, 3, 4, 5])
        let table = "\(bench.schemaName).t"
        #expect(markers.map { $0.rows[table] ?? 0 } == [1, 2, 0, 4, 5])
        #expect(markers.map { $0.totals[table] ?? 0 } == [1, 3, 3, 7, 12])
        #expect(markers.last?.offsets == [SplitID(topic: "t\"opic", partition: 3): 50])
        // Rows are found by the age of their transaction.
        var found: [Int64: Int] = [:]
        try inspector.read(spec) { batch, ages in
            for row in 0..<batch.rowCount {
                let owner = markers.last { $0.ageOfFirst >= ages[row] && ages[row] >= $0.ageOfLast }
                found[owner?.epoch ?? 0, default: 0] += 1
                if let owner { #expect(batch.columns[0].int64s[row] / 100 == owner.epoch) }
            }
        }
        #expect(found == [0: 1, 1: 1, 2: 2, 4: 4, 5: 5])
    }

    @Test func anAbortedEpochLeavesNoMarkerAndTheNextOwnerCountsOn() throws {
        let bench = try SinkBench(nil, "CREATE TABLE t (id bigint PRIMARY KEY, v bigint)")
        let spec = bench.spec("t", fields, key: ["id"])
        do {
            let sink = try bench.sink(spec)
            let participant = try #require(sink.participant)
            defer { participant.close() }
            _ = try participant.fence(bench.identity())
            let writer = try sink.makeWriter(subtask: 0, wakeUp: {})
            try writer.write(batch(0..<10))
            try bench.commit(1, participant, [writer])
            try writer.write(batch(0..<20))
            try writer.endEpoch(2)
            try participant.prepare(epoch: 2)
            participant.abort()
        }
        let sink = try bench.sink(spec, instance: "two")
        let participant = try #require(sink.participant)
        defer { participant.close() }
        _ = try participant.fence(bench.identity("two"))
        let writer = try sink.makeWriter(subtask: 0, wakeUp: {})
        try writer.write(batch(5..<8))
        try bench.commit(2, participant, [writer])
        let inspector = try DatabaseInspector(spec.table)
        let task = try #require(try inspector.bookkeeping(job: bench.job).first).task
        let markers = try #require(try inspector.markers(job: bench.job, task: task))
        #expect(markers.map(\.number) == [1, 2])
        #expect(markers.map { $0.totals["\(bench.schemaName).t"] ?? 0 } == [10, 13])
        let ages = try #require(try inspector.rowAges(spec.table)).ages
        #expect(ages.reduce(0) { $0 + $1.rows } == 10)
    }
}
