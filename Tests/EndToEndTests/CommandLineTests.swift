import Foundation
import JobService
import Testing

/// What a user types, and what comes back.
@Suite(.sideBySide, .timeLimit(.minutes(10)))
struct CommandLineTests {
    private static let addresses = [
        "MILLRACE_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "MILLRACE_POSTGRES_URL": "postgres://u:canary@127.0.0.1:1/d",
    ]

    private func file(_ sql: String) throws -> String {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("millrace-\(UUID().uuidString).sql")
        try sql.write(to: path, atomically: true, encoding: .utf8)
        return path.path
    }

    private static var example: String {
        get throws {
            let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent()
            return root.appendingPathComponent("docker/ratings-before-plays.sql").path
        }
    }

    @Test func theExampleIsValidAndExplained() throws {
        let validated = try ServiceProcess.run(["validate", try Self.example], environment: Self.addresses)
        #expect(validated.status == 0, "\(validated.output)")
        let explained = try ServiceProcess.run(["explain", try Self.example], environment: Self.addresses)
        #expect(explained.status == 0)
        #expect(explained.output.contains("TemporalJoin LEFT"))
        #expect(!explained.output.contains("canary"))
    }

    @Test func wrongSQLEndsWithEveryErrorAndStatus2() throws {
        let path = try file(
            "CREATE TABLE t (a BIGINTT) WITH ('connector' = 'kafca');\nINSERT INTO u SELECT b FROM t;\n")
        let result = try ServiceProcess.run(["validate", path], environment: Self.addresses)
        #expect(result.status == 2)
        #expect(result.output.contains(":1:19"))
        #expect(result.output.contains("^"))
        #expect(result.output.contains("kafka"))
    }

    @Test func aWrongVariableEndsWithStatus2BeforeAnythingIsRead() throws {
        let result = try ServiceProcess.run(["config"], environment: ["MILLRACE_PARALELISM": "2"])
        #expect(result.status == 2)
        #expect(result.output.contains("did you mean 'MILLRACE_PARALLELISM'"))
    }

    @Test func theHelpNamesEveryExitStatus() throws {
        let help = try ServiceProcess.run(["run", "--help"])
        #expect(help.status == 0)
        let words = help.output.split { $0.isWhitespace }.joined(separator: " ")
        #expect(words.contains("Exit status: \(JobServiceError.ExitStatus.summary)."), "\(words)")
        #expect(try ServiceProcess.run(["run"]).status == 64)
    }

    @Test func onlineValidationNamesWhatIsAway() throws {
        let result = try ServiceProcess.run(
            ["validate", "--online", try Self.example], environment: Self.addresses)
        #expect(result.status == 2)
        #expect(!result.output.contains("canary"))
    }

    @Test func aBoundedJobOfBuiltinTablesEndsByItself() throws {
        let path = try file(
            """
            CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '5',
              'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '5');
            CREATE TABLE out_ (n BIGINT, m BIGINT) WITH ('connector' = 'print');
            INSERT INTO out_ SELECT n, n * n FROM numbers WHERE n <> 3;
            """)
        let checkpoints = FileManager.default.temporaryDirectory.path + "/millrace-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: checkpoints) }
        let result = try ServiceProcess.run(
            ["run", path],
            environment: ["MILLRACE_CHECKPOINT_URI": "file://\(checkpoints)", "MILLRACE_PARALLELISM": "1"])
        #expect(result.status == 0, "\(result.output)")
        for row in ["+I[1, 1]", "+I[2, 4]", "+I[4, 16]", "+I[5, 25]"] {
            #expect(result.output.contains(row), "\(result.output)")
        }
        #expect(!result.output.contains("+I[3"))
    }

    @Test func theDemoChecksEveryRow() throws {
        let result = try ServiceProcess.run(["demo", "--events", "20000", "--rate", "10000", "--kill"])
        #expect(result.status == 0, "\(result.output)")
        #expect(result.output.contains("14,000 rows, 14,000 right, 0 missing, 0 doubled"), "\(result.output)")
    }

    @Test func theDemoRunsTheExampleFile() throws {
        // The demonstration carries the pipeline in the program, so that the program alone is enough.
        let example = try String(contentsOfFile: try Self.example, encoding: .utf8)
        let root = URL(fileURLWithPath: try Self.example).deletingLastPathComponent().deletingLastPathComponent()
        let source = try String(
            contentsOf: root.appendingPathComponent("Sources/JobService/Demo/DemoSQL.swift"), encoding: .utf8)
        let embedded = source.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.hasPrefix("        ") ? String($0.dropFirst(8)) : String($0) }.joined(separator: "\n")
        #expect(embedded.contains(example))
    }
}
