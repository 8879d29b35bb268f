import Columnar
import SQL
import Testing

struct JobSettingsTests {
    private func compile(_ settings: String) throws -> CompiledJob {
        try CompilerQueryTests.compiler.compile(
            settings + """
                CREATE TABLE t (i INT) WITH ('connector' = 'kafka', 'topic' = 't');
                CREATE TABLE out_ (i INT) WITH ('connector' = 'print');
                INSERT INTO out_ SELECT i FROM t;
                """, fileName: "job.sql")
    }

    @Test func whatAFileDoesNotSayIsLeftOpen() throws {
        let settings = try compile("").settings
        #expect(settings == JobSettings())
        #expect(settings.temporalJoinRetention == .seconds(3600))
    }

    @Test func everySettingIsRead() throws {
        let settings = try compile(
            """
            SET 'pipeline.name' = 'films'; SET 'parallelism.default' = '4'; SET 'pipeline.max-parallelism' = '256';
            SET 'execution.checkpointing.interval' = '500 ms'; SET 'execution.checkpointing.timeout' = '10min';
            SET 'execution.checkpointing.mode' = 'at_least_once'; SET 'execution.checkpointing.dir' = 'file:///tmp/x';
            SET 'execution.checkpointing.num-retained' = '7'; SET 'table.exec.temporal-join.retention' = '2 h';
            SET 'table.exec.source.idle-timeout' = '0'; SET 'table.local-time-zone' = 'Europe/Paris';
            SET 'execution.runtime-mode' = 'streaming';
            """
        ).settings
        var expected = JobSettings()
        expected.jobName = "films"
        expected.parallelism = 4
        expected.keyGroupCount = 256
        expected.checkpointInterval = .milliseconds(500)
        expected.checkpointTimeout = .seconds(600)
        expected.checkpointingMode = .atLeastOnce
        expected.checkpointURL = "file:///tmp/x"
        expected.retainedCheckpoints = 7
        expected.temporalJoinRetention = .seconds(7200)
        expected.sourceIdleTimeout = .zero
        expected.localTimeZone = "Europe/Paris"
        #expect(settings == expected)
    }

    @Test func aLaterSettingReplacesAnEarlierOne() throws {
        let settings = try compile("SET 'parallelism.default' = '4'; SET 'parallelism.default' = '2';").settings
        #expect(settings.parallelism == 2)
    }

    @Test(arguments: [
        ("1", Duration.milliseconds(1)), ("1ms", .milliseconds(1)), ("2 milliseconds", .milliseconds(2)),
        ("3 s", .seconds(3)), ("3 SECONDS", .seconds(3)), ("4min", .seconds(240)), ("5 minutes", .seconds(300)),
        ("6 h", .seconds(21600)), ("1 day", .seconds(86400)), ("1500 us", .microseconds(1500)),
    ])
    func durationsAreWrittenAsInFlink(text: String, expected: Duration) throws {
        #expect(
            try compile("SET 'execution.checkpointing.interval' = '\(text)';").settings.checkpointInterval == expected)
    }

    @Test(arguments: ["", "s", "-1 s", "1.5 s", "1 y", "9999999999999999 s", "99999999999 d", "0"])
    func whatIsNoDurationIsRefused(text: String) {
        let error = #expect(throws: SQLErrors.self) {
            try compile("SET 'execution.checkpointing.interval' = '\(text)';")
        }
        #expect(error?.errors.map(\.code) == [.invalidOption])
    }

    @Test func everyKeyIsItsOwnNearestName() {
        for key in JobSettings.keyNames {
            #expect(NearestName.of(key, in: JobSettings.keyNames) == key)
        }
    }
}
