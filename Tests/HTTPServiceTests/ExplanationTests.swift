import HTTPService
import Testing

struct ExplanationTests {
    private func findings(_ snapshot: JobSnapshot) -> [Finding] {
        Explanation.findings(snapshot)
    }

    private func first(_ snapshot: JobSnapshot) throws -> Finding { try #require(findings(snapshot).first) }

    @Test func aJobThatHasReadEverythingIsCaughtUp() {
        #expect(
            findings(Snapshots.calm()) == [
                Finding(.well, "caught-up", "all caught up; checkpoint 12 was committed at 12:05:45")
            ])
    }

    @Test func aJobThatReadsSaysHowMuchIsLeft() throws {
        var snapshot = Snapshots.calm()
        snapshot.partitions[0] = Snapshots.partition("plays", 0, lag: 4_000_000, event: Snapshots.now - 4000, "reading")
        snapshot.operators[0].rowsOutRate = 500_000
        let finding = try first(snapshot)
        #expect(finding.severity == .well && finding.code == "reading")
        #expect(finding.text.hasPrefix("reading: 4,000,000 records behind at 500,000 a second, about 8 s of reading"))
    }

    @Test func theSlowestPartitionHoldsTheWatermark() throws {
        var snapshot = Snapshots.calm()
        snapshot.partitions[0].activity = "ahead"
        snapshot.partitions[0].lag = 10
        snapshot.partitions[2] = Snapshots.partition("ratings", 3, lag: 4102, event: 1_764_072_191_000, "reading")
        let finding = try first(snapshot)
        #expect(finding.severity == .waiting && finding.code == "watermark" && finding.subject == "source-ratings")
        #expect(
            finding.text
                == "watermark of ratings at 12:03:06 waits for partition 3: last event 12:03:11, 4,102 behind; "
                + "plays 0 is not read meanwhile, being too far ahead")
    }

    @Test func aPartitionWithoutARowHoldsTheWatermarkToo() throws {
        var snapshot = Snapshots.calm()
        snapshot.partitions[2] = Snapshots.partition("ratings", 3, lag: 7, event: nil, "reading")
        let finding = try #require(findings(snapshot).first { $0.code == "watermark" })
        #expect(finding.text == "watermark of ratings waits for partition 3: no row yet, 7 behind")
    }

    @Test func aPartitionAtItsEndHoldsOutputBackOnceItHasBeenSilentForLong() throws {
        var snapshot = Snapshots.calm()
        snapshot.partitions[2] = Snapshots.partition("ratings", 3, lag: 0, event: nil, "atEnd")
        snapshot.partitions[2].lastRecordAt = Snapshots.now - 1000
        snapshot.operators[2].rowsIn = 2
        snapshot.operators[2].stateEntries = 2
        let passing = try #require(findings(snapshot).first { $0.code == "watermark" })
        #expect(passing.severity == .note)
        #expect(try first(snapshot).code == "caught-up")

        // Nothing has come since the start, a minute ago.
        snapshot.partitions[2].lastRecordAt = nil
        let finding = try first(snapshot)
        #expect(finding.severity == .waiting && finding.code == "watermark" && finding.subject == "source-ratings")
        #expect(
            finding.text
                == "watermark of ratings waits for partition 3: no row yet, at its end; it lets go when it has been silent "
                + "for its 'scan.watermark.idle-timeout'")
        // No operator keeps rows that could wait.
        snapshot.operators[2].stateEntries = 0
        #expect(try first(snapshot).code == "caught-up")
    }

    @Test func aBrokerThatGivesNothingIsNamed() throws {
        var snapshot = Snapshots.calm()
        snapshot.partitions[1].activity = "waiting"
        snapshot.partitions[1].lag = 12
        let finding = try #require(findings(snapshot).first { $0.code == "broker" })
        #expect(finding.text == "the broker gives nothing of ratings, partition 0, though 12 records are there")
        snapshot.partitions[1].lag = nil
        let unknown = try #require(findings(snapshot).first { $0.code == "broker" })
        #expect(
            unknown.text
                == "it is not known whether there is more in ratings, partition 0: the broker has not said where it ends"
        )
        snapshot.partitions[2].activity = "waiting"
        let several = try #require(findings(snapshot).first { $0.code == "broker" })
        #expect(several.text.contains("partitions 0 and 3") && several.text.hasSuffix("where they end"))
    }

    @Test func aTableWaitsForTheOneThatIsLoadedFirst() throws {
        var snapshot = Snapshots.calm()
        snapshot.partitions = [
            Snapshots.partition("plays", 0, lag: 100, event: nil, "gated"),
            Snapshots.partition("movies", 0, lag: 4200, event: nil, "reading"),
        ]
        #expect(try first(snapshot).text == "plays is not read before movies (4,200 records left) is loaded")
    }

    @Test func aDatabaseThatIsAwayIsToldWithItsError() throws {
        var snapshot = Snapshots.calm()
        snapshot.job.phase = "restarting"
        snapshot.job.trouble = JobState.Trouble(
            since: 1_764_072_340_000, attempts: 7, nextAttemptAt: Snapshots.now + 4000,
            error: "table enriched_plays: PostgreSQL refuses connections\nfurther lines")
        let finding = try first(snapshot)
        #expect(finding.severity == .blocked && finding.code == "restarting")
        #expect(
            finding.text
                == "fails since 12:05:40, attempt 7: table enriched_plays: PostgreSQL refuses connections; tries again in 4 s"
        )
        // The partitions of the attempt before say nothing any more.
        snapshot.partitions[1].activity = "waiting"
        #expect(findings(snapshot).count == 1)
        snapshot.job.trouble?.nextAttemptAt = Snapshots.now - 100
        snapshot.job.activity = JobState.Activity(step: "connecting", since: Snapshots.now - 100)
        #expect(try first(snapshot).text.hasSuffix("; connecting to the tables' systems since 12:05:47"))
    }

    @Test func aSystemThatIsTriedAgainAndAgainIsToldBeforeTheAttemptFails() throws {
        var snapshot = Snapshots.calm()
        snapshot.operators[3].trouble = SystemTrouble(
            since: 1_764_072_340_000, retries: 7, error: "PostgreSQL refuses connections")
        let finding = try first(snapshot)
        #expect(finding.severity == .blocked && finding.code == "retrying" && finding.subject == "sink-enriched")
        #expect(finding.text == "sink enriched_plays: PostgreSQL refuses connections since 12:05:40, retry 7")
        snapshot.operators[3].trouble?.since = Snapshots.now - 200
        #expect(try first(snapshot).code == "caught-up")
        snapshot.participants[0].trouble = SystemTrouble(since: Snapshots.now - 5000, retries: 2, error: "timed out")
        #expect(try first(snapshot).text == "postgres/film: timed out since 12:05:43, retry 2")
    }

    @Test func aJobThatHasFailedSaysWhyAndNothingElse() throws {
        var snapshot = Snapshots.calm()
        snapshot.job.phase = "failed"
        snapshot.job.lastError = "plays-3@17 is no JSON\nsee millrace deadletters"
        snapshot.partitions[1].activity = "waiting"
        #expect(
            findings(snapshot) == [Finding(.blocked, "failed", "failed after checkpoint 12: plays-3@17 is no JSON")])
    }

    @Test func aCommitThatTakesLongIsToldWithItsSystem() throws {
        var snapshot = Snapshots.calm()
        snapshot.job.phase = "checkpointing"
        snapshot.job.activity = JobState.Activity(
            step: "committing", participant: "kafka", epoch: 13, since: Snapshots.now - 8000)
        let finding = try first(snapshot)
        #expect(finding.severity == .waiting && finding.subject == "kafka")
        #expect(finding.text == "commit of checkpoint 13 waits for kafka since 12:05:40 (8 s)")
        snapshot.job.activity?.since = Snapshots.now - 20
        #expect(try first(snapshot).code == "caught-up")
    }

    @Test func pauseStopSearchAndStartAreTold() throws {
        var snapshot = Snapshots.calm()
        snapshot.job.isPaused = true
        #expect(try first(snapshot) == Finding(.blocked, "paused", "paused: nothing is read until the job is resumed"))
        snapshot = Snapshots.calm()
        snapshot.job.isHeld = true
        snapshot.process.usedBytes = 1000 << 20
        snapshot.process.memoryLimitBytes = 1024 << 20
        let held = "memory: 1,000 MiB of 1,024 MiB are used (MILLRACE_MEMORY_LIMIT); nothing is read until it is less"
        #expect(try first(snapshot) == Finding(.blocked, "memory", held))
        snapshot = Snapshots.calm()
        snapshot.job.isStopping = true
        #expect(try first(snapshot).code == "stopping")
        snapshot = Snapshots.calm()
        snapshot.job.isSearching = true
        #expect(try first(snapshot).code == "searching")
        snapshot = Snapshots.calm()
        snapshot.job.phase = "starting"
        snapshot.job.activity = JobState.Activity(step: "fencing", participant: "kafka", since: Snapshots.now - 100)
        #expect(try first(snapshot).text == "starting: shutting out earlier instances at kafka since 12:05:47 (100 ms)")
        snapshot.job.phase = "stopped"
        snapshot.job.activity = nil
        #expect(try first(snapshot) == Finding(.blocked, "stopped", "stopped after checkpoint 12"))
    }

    @Test func backPressureNamesWhereBatchesWait() throws {
        var snapshot = Snapshots.calm()
        snapshot.workers[0].heldBackShare = 0.83
        snapshot.operators[2].queuedBatches = 31
        let finding = try first(snapshot)
        #expect(finding.code == "back-pressure" && finding.subject == "join")
        #expect(
            finding.text
                == "1 of 2 workers had no room to go on for up to 83 % of the last seconds: 31 batches wait before TemporalJoin"
        )
        snapshot.operators[2].queuedBatches = 0
        #expect(try first(snapshot).text.hasSuffix(": sink enriched_plays takes no more"))
    }

    @Test func operatorsThatGiveNothingAndDeadLettersAreNotes() throws {
        var snapshot = Snapshots.calm()
        snapshot.operators[2].rowsIn = 5000
        snapshot.operators[0].rowsOut = 5000
        #expect(findings(snapshot).count == 1)
        snapshot.operators[1].rowsOut = 1
        snapshot.deadLetters = DeadLetterState(
            total: 3, reasons: ["plays": ["value": 2, "utf-8": 1]], samples: [])
        let all = findings(snapshot)
        #expect(all.map(\.severity) == [.well, .note, .note])
        #expect(all[1].text == "TemporalJoin has taken 5,000 rows and given none")
        #expect(all[2].text == "3 rows were put aside as dead letters: value 2, utf-8 1")
    }

    @Test func wordsAreThoseOfPeople() {
        #expect(Words.count(-1_234_567) == "-1,234,567" && Words.count(999) == "999")
        #expect(
            Words.duration(999) == "999 ms" && Words.duration(119_000) == "119 s"
                && Words.duration(3_600_000) == "60 min")
        #expect(Words.list(["1"]) == "1" && Words.list(["1", "2", "3"]) == "1, 2 and 3")
        #expect(Words.list((1...9).map(String.init)) == "1, 2, 3, 4 and 5 more")
        #expect(Words.time(-1000) == "23:59:59")
    }
}
