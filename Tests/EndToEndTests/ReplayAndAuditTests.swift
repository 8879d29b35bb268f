import DevPostgres
import Foundation
import KafkaConnector
import Testing

/// `checkpoints verify`, `replay` and `audit` on a job that writes an append table, a table by key, and a topic; then on what is left
/// after somebody has damaged it by hand.
@Suite(.serialized, .sideBySide, .timeLimit(.minutes(10)))
struct ReplayAndAuditTests {
    /// A job that has read 60 records in several epochs and was stopped.
    private final class StoppedJob {
        let system: TestSystem
        let path: String

        init(decider: String = "kafka") throws {
            system = try TestSystem()
            path = try system.write(Self.sql(system, decider: decider, expression: "n * 2"), as: "totals.sql")
            try system.makeLoader().createTopic(system.topic("in"), partitions: 3)
            if decider == "kafka" { try system.makeLoader().createTopic(system.topic("out"), partitions: 2) }
            let process = try ServiceProcess(
                ["run", path], environment: environment, log: "\(system.directory)/totals.log")
            for first in [0, 20, 40] {
                let loader = try system.makeLoader()
                for id in first..<first + 20 {
                    try loader.send(
                        system.topic("in"), key: "\(id)", value: "{\"id\":\(id),\"k\":\(id % 7),\"n\":\(id)}")
                }
                try loader.flush()
                try system.wait(for: "history_", until: "SELECT count(*) = \(first + 20) FROM history_")
            }
            #expect(process.stop() == 0, "\(process.output.suffix(3000))")
        }

        var environment: [String: String] {
            system.environment(["MILLRACE_JOB_NAME": "totals-\(system.suffix)", "MILLRACE_CHECKPOINT_RETAINED": "1000"])
        }

        func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
            try ServiceProcess.run(arguments, environment: environment)
        }

        func audit(_ further: String...) throws -> (status: Int32, output: String) {
            try run(["audit", path] + further)
        }

        func verify(_ further: String...) throws -> (status: Int32, output: String) {
            try run(["checkpoints", "verify"] + further)
        }

        func change(_ expression: String) throws -> String {
            try system.write(Self.sql(system, decider: "kafka", expression: expression), as: "changed.sql")
        }

        func query(_ sql: String) throws -> String {
            try system.postgres.query(sql, database: system.database)
        }

        var folder: String { "\(system.directory)/checkpoints/totals-\(system.suffix)" }

        /// The store's files whose names begin so, oldest first.
        func files(_ prefix: String) throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix(prefix) }.sorted()
        }

        private static func sql(_ system: TestSystem, decider: String, expression: String) -> String {
            var text = """
                CREATE TABLE t (id BIGINT, k BIGINT, n BIGINT) WITH (\(system.unbounded("in")));
                CREATE TABLE history_ (id BIGINT, v BIGINT) WITH (\(system.table("history_")));
                CREATE TABLE latest_ (k BIGINT, v BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH (\(system.table("latest_")));

                """
            if decider == "kafka" {
                text += """
                    CREATE TABLE topic_ (id BIGINT, v BIGINT)
                    WITH ('connector' = 'kafka', 'topic' = '\(system.topic("out"))', 'format' = 'json');

                    """
            }
            text += "EXECUTE STATEMENT SET BEGIN\nINSERT INTO history_ SELECT id, \(expression) FROM t;\n"
            text += "INSERT INTO latest_ SELECT k, MOD(k, 3) FROM t;\n"
            if decider == "kafka" { text += "INSERT INTO topic_ SELECT id, \(expression) FROM t;\n" }
            return text + "END;\n"
        }
    }

    // MARK: Nothing is wrong

    @Test func aSoundJobIsProvenSound() throws {
        let job = try StoppedJob()
        defer { job.system.tearDown() }
        let verified = try job.verify("--online")
        #expect(verified.status == 0, "\(verified.output)")
        #expect(verified.output.contains("no problems"), "\(verified.output)")
        let audited = try job.audit("--recompute")
        #expect(audited.status == 0, "\(audited.output)")
        #expect(audited.output.contains("no gap, no double"), "\(audited.output)")
        #expect(audited.output.contains("history_: 60 rows, 60 written"), "\(audited.output)")
        #expect(audited.output.contains("topic_: 60 rows, 60 written"), "\(audited.output)")
        let json = try job.audit("--json")
        let document = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
        #expect((document?["sinks"] as? [[String: Any]])?.count == 3, "\(json.output)")
    }

    @Test func aRunningJobIsAuditedWithoutBeingDisturbed() throws {
        let job = try StoppedJob()
        defer { job.system.tearDown() }
        var environment = job.environment
        environment["MILLRACE_CHECKPOINT_INTERVAL"] = "1s"
        environment["MILLRACE_CHECKPOINT_RETAINED"] = "20"
        let process = try ServiceProcess(
            ["run", job.path], environment: environment, log: "\(job.system.directory)/running.log")
        let loader = try job.system.makeLoader()
        for round in 0..<3 {
            for id in 60 + round * 20..<80 + round * 20 {
                try loader.send(
                    job.system.topic("in"), key: "\(id)", value: "{\"id\":\(id),\"k\":\(id % 7),\"n\":\(id)}")
            }
            try loader.flush()
            try job.system.wait(for: "history_", until: "SELECT count(*) = \(80 + round * 20) FROM history_")
            let audited = try job.audit(round == 0 ? "--recompute" : "--from-oldest")
            #expect(audited.status == 0, "\(audited.output)")
            #expect(try job.verify().status == 0)
        }
        #expect(process.stop() == 0, "\(process.output.suffix(2000))")
        #expect(!process.output.contains("attempt="), "\(process.output.suffix(2000))")
    }

    @Test func aReplayFindsWhatAChangeOfTheQueryChanges() throws {
        let job = try StoppedJob()
        defer { job.system.tearDown() }
        let same = try job.run(["replay", job.path])
        #expect(same.status == 0, "\(same.output)")
        #expect(same.output.contains("history_: 60 equal, 0 changed, 0 only in old, 0 only in new"), "\(same.output)")
        let changed = try job.change("CASE WHEN id < 5 THEN 0 ELSE n * 2 END")
        let output = "\(job.system.directory)/rows.jsonl"
        let report = try job.run(["replay", changed, "--key", "id", "--output", output])
        #expect(report.status == 3, "\(report.output)")
        // id 0 has the value 0 in both.
        #expect(report.output.contains("history_: 56 equal, 4 changed"), "\(report.output)")
        #expect(report.output.contains("topic_: 56 equal, 4 changed"), "\(report.output)")
        #expect(report.output.contains("latest_: 7 equal"), "\(report.output)")
        #expect(report.output.contains(#"old {"id":4,"v":8}"#), "\(report.output)")
        let lines = try String(contentsOfFile: output, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 180)
        #expect(try job.query("SELECT count(*) FROM history_") == "60")
    }

    @Test func aReplayOfARangeComparesItsOwnRows() throws {
        let job = try StoppedJob()
        defer { job.system.tearDown() }
        // The checkpoint after the first 20 rows.
        let epoch = try job.query(
            "SELECT min(epoch) FROM millrace.job_epochs WHERE row_totals[array_position(tables, 'history_')] >= 20")
        let last = try job.query("SELECT max(epoch) FROM millrace.job_epochs")
        let same = try job.run(["replay", job.path, "--from-checkpoint", epoch, "--until", last])
        #expect(same.status == 0, "\(same.output)")
        #expect(same.output.contains("history_: 40 equal, 0 changed, 0 only in old, 0 only in new"), "\(same.output)")
        _ = try job.query("DELETE FROM history_ WHERE id IN (3, 50)")
        let one = try job.run(["replay", job.path, "--from-checkpoint", epoch])
        #expect(one.status == 3, "\(one.output)")
        #expect(one.output.contains("history_: 39 equal, 0 changed, 0 only in old, 1 only in new"), "\(one.output)")
        #expect(one.output.contains(#"+ {"id":50,"v":100}"#), "\(one.output)")
    }

    // MARK: Damage by hand

    @Test func deletedDoubledAndChangedRowsAreFoundAndNamed() throws {
        let job = try StoppedJob()
        defer { job.system.tearDown() }
        _ = try job.query("DELETE FROM history_ WHERE id = 17")
        let deleted = try job.audit()
        #expect(deleted.status == 3, "\(deleted.output)")
        #expect(deleted.output.contains("rows-missing"), "\(deleted.output)")
        #expect(deleted.output.contains("1 are missing; it read \(job.system.topic("in"))-"), "\(deleted.output)")
        _ = try job.query("INSERT INTO history_ SELECT * FROM history_ WHERE id = 23")
        _ = try job.query("UPDATE latest_ SET v = -1 WHERE k = 4")
        let named = try job.audit("--recompute")
        #expect(named.status == 3, "\(named.output)")
        #expect(named.output.contains("rows-foreign"), "\(named.output)")
        #expect(named.output.contains(#"{"v": 46, "id": 23}"#), "\(named.output)")
        #expect(
            named.output.contains(#"missing: {"id":17,"v":34} (its record is \#(job.system.topic("in"))-"#),
            "\(named.output)")
        #expect(named.output.contains(#"doubled or foreign: {"id":23,"v":46}"#), "\(named.output)")
        #expect(named.output.contains(#"{"k":4} is {"k":4,"v":-1} and should be {"k":4,"v":1}"#), "\(named.output)")
    }

    @Test func aDoubledRecordOfATopicIsFound() throws {
        let job = try StoppedJob()
        defer { job.system.tearDown() }
        let loader = try job.system.makeLoader()
        try loader.send(job.system.topic("out"), key: "", value: #"{"id":9,"v":18}"#)
        try loader.flush()
        let counted = try job.audit()
        #expect(counted.status == 3, "\(counted.output)")
        #expect(counted.output.contains("wrote 60 rows, the topic holds 61: 1 too many"), "\(counted.output)")
        let named = try job.audit("--recompute")
        #expect(named.output.contains(#"doubled or foreign: {"id":9,"v":18}"#), "\(named.output)")
    }

    @Test func missingMarkersAndResetOffsetsAreFound() throws {
        let job = try StoppedJob()
        defer { job.system.tearDown() }
        let epoch = try job.query("DELETE FROM millrace.job_epochs WHERE number = 2 RETURNING epoch")
            .split(separator: "\n")[0]
        let marker = try job.audit()
        #expect(marker.status == 3, "\(marker.output)")
        #expect(marker.output.contains("the marker of epoch \(epoch) is missing"), "\(marker.output)")
        _ = try job.query(
            "DELETE FROM millrace.job_epochs WHERE number = (SELECT max(number) FROM millrace.job_epochs)")
        let last = try job.audit()
        #expect(last.output.contains("the last one, is missing"), "\(last.output)")
        let loader = try job.system.makeLoader()
        try loader.send(job.system.topic("in"), key: "", value: #"{"id":99,"k":1,"n":1}"#)
        try loader.flush()
        try job.system.readAsGroup("totals-\(job.system.suffix)", topic: "in")
        let reset = try job.audit()
        #expect(reset.status == 3, "\(reset.output)")
        #expect(reset.output.contains("group-reset"), "\(reset.output)")
        let verified = try job.verify("--online")
        #expect(verified.status == 3, "\(verified.output)")
        #expect(verified.output.contains("foreign-offsets"), "\(verified.output)")
    }

    @Test func damagedAndMissingCheckpointFilesAreNamed() throws {
        let job = try StoppedJob()
        defer { job.system.tearDown() }
        let manifests = try job.files("checkpoint-")
        try #require(manifests.count >= 3)
        try FileManager.default.removeItem(atPath: "\(job.folder)/\(manifests[1])")
        let gap = try job.verify()
        #expect(gap.status == 3, "\(gap.output)")
        #expect(gap.output.contains("gap  checkpoint 2"), "\(gap.output)")
        let audited = try job.audit()
        #expect(audited.status == 3)
        #expect(audited.output.contains("checkpoint-missing  checkpoint 2"), "\(audited.output)")
        let redo = try #require(try job.files("redo-").last)
        let path = "\(job.folder)/\(redo)"
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(fileURLWithPath: path))
        let damaged = try job.verify()
        #expect(damaged.output.contains("file-damaged"), "\(damaged.output)")
        #expect(damaged.output.contains(redo), "\(damaged.output)")
        let manifest = "\(job.folder)/\(manifests[0])"
        try Data("{}".utf8).write(to: URL(fileURLWithPath: manifest))
        let unreadable = try job.verify()
        #expect(unreadable.output.contains("manifest-damaged  checkpoint 1"), "\(unreadable.output)")
    }
}
