internal import ArgumentParser
internal import Foundation
internal import JobService
internal import PipelineTesting

/// `millrace test`: pipelines on given rows, without brokers and databases.
struct TestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract:
            "Run pipelines on the rows of test files, in milliseconds, without a broker, and compare their output.",
        discussion: """
            The SQL goes through the real planner, operators and runtime, the records through the tables' own \
            formats; only brokers, databases and the clock are replaced. A test file:

              pipeline: pipeline.sql      # relative to this file
              cases:
                - name: the last rating before the play
                  input:                  # what is there when the job starts
                    ratings:
                      - {user_id: 1, rating: 4.5, ts: 2026-01-01 20:00:00Z}
                    plays:
                      - {user_id: 1, device: tv, ts: 2026-01-01 20:00:05Z}
                      - '{"user_id": '    # a record as text: a broken one
                  steps:                  # what happens then, in this order
                    - plays:
                        - {user_id: 1, device: pc, ts: 2026-01-01 20:00:07Z}
                    - advance: 5 s        # partitions are silent, then idle
                    - expect:             # since the last such step
                        enriched_plays: []
                  expect:                 # when the input has ended
                    enriched_plays:
                      - {user_id: 1, device: tv, rating: 4.5}
                  dead-letters:
                    - {table: plays, reason: value.truncated}

            Rows are maps, or records as text. Beside its columns a row may have $partition, $timestamp, $headers, \
            $key, $value, and $delete (a tombstone). Tables that are looked up in PostgreSQL are given as input too.

            Expected rows come in any order; a column that they leave out is NULL; of a table by primary key they \
            are what it holds. A table under expect may also be a map: rows, ordered (true: in this order), ignore \
            (columns that are not compared), or changes (every change in order, deletions with $delete).

            Rows that are put aside must be named under dead-letters: by their reason alone, or by table, reason, \
            message (a part of it), topic, partition, offset, key, value.

            Further keys of a case: now (the wall clock at the start; else 2100-01-01 00:00:00Z), partitions (table: \
            number), end-of-input (false leaves the input open), fails (a part of the error with which the job must \
            fail). Of the file, for all its cases: now, partitions, input, and environment (what ${NAME} and \
            MILLRACE_... are; variables of the shell that begin with MILLRACE_ do not count).

            Exit status: 0 all cases passed, 1 a case failed, 2 a file or its SQL is wrong.
            """)

    @Argument(help: "Test files; of a folder, every *.test.yaml in it.")
    var files: [String]

    @Option(help: "Run only cases whose name holds this text.")
    var filter: String?

    @Flag(help: "Print a JSON document.")
    var json = false

    @Option(help: "Write the results to this file as JUnit XML.")
    var junit: String?

    func run() async throws {
        let command = self
        let code = await OwnThread.run(named: "test") { try command.test() }
        if code != 0 { throw ExitCode(code) }
    }

    private func test() throws -> Int32 {
        var options = PipelineTest.Options()
        options.filter = filter
        options.environment = ProcessInfo.processInfo.environment
        let report = PipelineTest(options).run(files)
        print(json ? try ReportJSON.text(report) : report.text)
        if let junit {
            do {
                try report.junit.write(toFile: junit, atomically: true, encoding: .utf8)
            } catch {
                throw JobServiceError(.invalidInput, "cannot write \(junit)", cause: error)
            }
        }
        if report.hasErrors { return JobServiceError.ExitStatus.invalidInput.rawValue }
        if report.cases.isEmpty {
            throw JobServiceError(.invalidInput, "no case's name holds '\(filter ?? "")'")
        }
        return report.failedCount == 0 ? 0 : 1
    }
}
