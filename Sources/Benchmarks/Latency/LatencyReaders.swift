internal import Columnar
internal import Foundation
internal import PostgresConnector

/// A topic of rows, read by a thread as far as they are committed.
struct LatencyTopic {
    let address: String
    let topic: String

    func follow(_ recorder: LatencyRecorder) {
        let reader = TopicReader(address: address, topic: topic, fields: [("id", .bigint), ("sent", .bigint)])
        let thread = Thread {
            do {
                try reader.follow { batch in
                    var rows: [(id: Int64, sent: Int64)] = []
                    batch.forEachRow { rows.append((batch.columns[0].int64s[$0], batch.columns[1].int64s[$0])) }
                    recorder.add(rows)
                    return true
                }
            } catch {
                recorder.fail("reading \(topic): \(error)")
            }
        }
        thread.start()
    }
}

/// A table of rows, asked by a thread every 2 ms for one id in `share`, which an index finds.
struct LatencyTable {
    static let share = 100

    private let url: String
    private let table: String

    init(_ url: String, _ table: String) throws {
        self.url = url
        self.table = table
        try Self.connect(url).execute(
            """
            CREATE TABLE \(table) (id bigint, sent bigint);
            CREATE INDEX ON \(table) (id) WHERE id % \(Self.share) = 0
            """)
    }

    private static func connect(_ url: String) throws -> PostgresConnection {
        try PostgresConnection(
            ConnectionParameters(url: url), session: SessionSettings(applicationName: "benchmark"))
    }

    func follow(_ recorder: LatencyRecorder) {
        let (url, table) = (url, table)
        let thread = Thread {
            /// The least id that has not been seen.
            var next: Int64 = 0
            /// Those beyond it that have been.
            var seen: Set<Int64> = []
            do {
                let session = try Self.connect(url)
                while true {
                    let result = try session.execute(
                        "SELECT id, sent FROM \(table) WHERE id % \(Self.share) = 0 AND id >= \(next)")
                    var rows: [(id: Int64, sent: Int64)] = []
                    for row in 0..<result.rowCount {
                        guard let id = Int64(try result.required(row, 0)),
                            let sent = Int64(try result.required(row, 1)),
                            seen.insert(id).inserted
                        else { continue }
                        rows.append((id, sent))
                    }
                    recorder.add(rows)
                    while seen.remove(next) != nil { next += Int64(Self.share) }
                    Thread.sleep(forTimeInterval: 0.002)
                }
            } catch {
                recorder.fail("asking \(table): \(error)")
            }
        }
        thread.start()
    }
}
