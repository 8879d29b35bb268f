internal import Columnar
internal import DevPostgres
internal import Foundation

/// Every row once and right, in the table and in the topic.
struct SoakOracle {
    let system: SoakSystem
    let events: SoakEvents
    /// Plays that were produced.
    let playCount: Int

    /// Rows in the table, those of closing events left out.
    func rowCount() throws -> Int {
        Int(try system.postgres.query("SELECT count(*) FROM \(SoakSystem.table) WHERE id >= 0")) ?? 0
    }

    /// What is wrong, with examples; empty when nothing is.
    func problems() throws -> [String] {
        try tableProblems() + topicProblems()
    }

    private func tableProblems() throws -> [String] {
        let text = try system.postgres.query(
            """
            SELECT count(*), coalesce(sum(id), 0), coalesce(bit_xor(hashint8extended(id, 7)), 0),
              count(*) FILTER (WHERE NOT (\(events.isRightSQL)))
            FROM \(SoakSystem.table) WHERE id >= 0
            """)
        let found = text.split(separator: "|").map(String.init)
        let expected = try system.postgres.query(
            """
            SELECT count(*), sum(id), bit_xor(hashint8extended(id, 7))
            FROM generate_series(0::bigint, \(playCount - 1)) AS id
            """
        ).split(separator: "|").map(String.init)
        guard found.count == 4, Array(found.prefix(3)) == expected, found[3] == "0" else {
            return ["table: count, sum, hash, wrong rows are \(found) instead of \(expected + ["0"])"]
                + (try examples())
        }
        return []
    }

    private func examples() throws -> [String] {
        let table = SoakSystem.table
        let doubled = try system.postgres.query(
            "SELECT id, count(*) FROM \(table) WHERE id >= 0 GROUP BY id HAVING count(*) > 1 ORDER BY id LIMIT 10")
        let missing = try system.postgres.query(
            """
            SELECT id FROM generate_series(0::bigint, \(playCount - 1)) AS id
            EXCEPT SELECT id FROM \(table) ORDER BY id LIMIT 10
            """)
        let wrong = try system.postgres.query(
            """
            SELECT id, rating, rated_at FROM \(table)
            WHERE id >= 0 AND NOT (\(events.isRightSQL)) ORDER BY id LIMIT 10
            """)
        return [("doubled", doubled), ("missing", missing), ("wrong", wrong)].filter { !$0.1.isEmpty }.map {
            "\($0.0): \($0.1.split(separator: "\n").joined(separator: "; "))"
        }
    }

    private func topicProblems() throws -> [String] {
        let count = (playCount + SoakSystem.outputShare - 1) / SoakSystem.outputShare
        var seen = [UInt8](repeating: 0, count: count)
        var wrong: [Int] = []
        var unknown: [Int] = []
        try forEachOutput { id, rating, ratedAt in
            let place = id / SoakSystem.outputShare
            guard id % SoakSystem.outputShare == 0, place < count else {
                unknown.append(id)
                return
            }
            seen[place] = min(seen[place] + 1, 2)
            let answer = events.answer(id)
            if answer?.rating != rating || answer?.ratedAt != ratedAt { wrong.append(id) }
        }
        let missing = seen.indices.filter { seen[$0] == 0 }
        let doubled = seen.indices.filter { seen[$0] > 1 }
        return [("unknown", unknown), ("wrong", wrong), ("missing", missing), ("doubled", doubled)].filter {
            !$0.1.isEmpty
        }.map { "topic: \($0.1.count) \($0.0), such as \($0.1.prefix(10))" }
    }

    /// Every committed record of the topic but those of closing events.
    private func forEachOutput(_ body: (_ id: Int, _ rating: Double?, _ ratedAt: Int?) -> Void) throws {
        let reader = TopicReader(
            address: system.address, topic: system.topics.output,
            fields: [("id", .bigint), ("rating", .double), ("rated_at", .timestampLTZ(precision: 3))])
        try reader.forEachBatch { batch in
            let columns = batch.columns
            batch.forEachRow { row in
                let id = Int(columns[0].int64s[row])
                if id < 0 { return }
                body(
                    id, columns[1].isValid(row) ? columns[1].doubles[row] : nil,
                    columns[2].isValid(row) ? Int(columns[2].int64s[row] / 1000) : nil)
            }
        }
    }
}
