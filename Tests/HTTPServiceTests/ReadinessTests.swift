import HTTPService
import Testing

struct ReadinessTests {
    private func missing(_ change: (inout JobSnapshot) -> Void) -> [String] {
        var snapshot = Snapshots.calm()
        change(&snapshot)
        let readiness = Readiness(snapshot)
        #expect(readiness.isReady == readiness.missing.isEmpty)
        return readiness.missing
    }

    @Test func aCalmJobIsReadyAndSoIsOneThatTakesACheckpointOrIsPaused() {
        #expect(missing { _ in } == [])
        #expect(missing { $0.job.phase = "checkpointing" } == [])
        #expect(missing { $0.job.isPaused = true } == [])
    }

    @Test(arguments: [
        ("connecting", nil, "the systems of the tables are not connected yet"),
        ("fencing", "kafka", "kafka has not answered yet"),
        ("readingCheckpoints", nil, "the state is not restored yet"),
        ("healing", "kafka", "the state is not restored yet"),
        ("restoring", nil, "the state is not restored yet"),
    ])
    func aJobThatBeginsIsNotReady(step: String, participant: String?, words: String) {
        let missing = missing {
            $0.job.phase = "starting"
            $0.job.activity = .init(step: step, participant: participant, since: Snapshots.now)
        }
        #expect(missing == [words])
    }

    @Test func attemptsThatFailAreTold() {
        let missing = missing {
            $0.job.phase = "restarting"
            $0.job.trouble = .init(
                since: Snapshots.now - 9000, attempts: 3, nextAttemptAt: Snapshots.now, error: "no broker\nat all")
        }
        #expect(missing == ["attempt 3 failed: no broker"])
    }

    @Test func aSourceWithoutPartitionsIsNotAssigned() {
        #expect(
            missing { $0.partitions.removeAll { $0.table == "ratings" } } == ["no partition of ratings is assigned"])
        #expect(
            missing { $0.partitions = [] } == [
                "no partition of plays is assigned", "no partition of ratings is assigned",
            ])
        #expect(missing { $0.operators = [] } == ["no operator runs yet"])
        // A source that has come to its end keeps its partitions.
        #expect(missing { $0.partitions[0].activity = "finished" } == [])
    }

    @Test func aSystemThatDoesNotAnswerForLongIsNotReachable() {
        let trouble = SystemTrouble(
            since: Snapshots.now - 8000, retries: 7, error: "PostgreSQL refuses connections\nsecond line")
        #expect(
            missing { $0.operators[3].trouble = trouble } == [
                "sink enriched_plays: PostgreSQL refuses connections since 12:05:40, retry 7"
            ])
        #expect(
            missing { $0.operators[0].trouble = trouble } == [
                "plays: PostgreSQL refuses connections since 12:05:40, retry 7"
            ])
        #expect(missing { $0.participants[0].trouble = trouble }.count == 1)
        var passing = trouble
        passing.since = Snapshots.now - 500
        #expect(missing { $0.operators[3].trouble = passing } == [])
    }

    @Test(arguments: ["preparing", "committing"])
    func aCommitThatIsStuckIsNotReady(step: String) {
        func missing(for milliseconds: Int64) -> [String] {
            self.missing {
                $0.job.phase = "checkpointing"
                $0.job.activity = .init(
                    step: step, participant: "kafka", epoch: 13, since: Snapshots.now - milliseconds)
            }
        }
        #expect(missing(for: 1000) == [])
        #expect(missing(for: 68_000) == ["the commit of checkpoint 13 waits for kafka since 12:04:40"])
    }

    @Test func aStoreThatIsStuckIsNotReadyAndABusyOperatorIs() {
        func missing(_ step: String) -> [String] {
            self.missing {
                $0.job.phase = "checkpointing"
                $0.job.activity = .init(step: step, epoch: 13, since: Snapshots.now - 68_000)
            }
        }
        #expect(missing("storing") == ["checkpoint 13 waits for the checkpoint store since 12:04:40"])
        #expect(missing("capturing") == [])
    }

    @Test func theEndIsTold() {
        #expect(missing { $0.job.phase = "stopped" } == ["the job has stopped"])
        let failed = missing {
            $0.job.phase = "failed"
            $0.job.lastError = "plays-3@17 is no JSON\nsee millrace deadletters"
        }
        #expect(failed == ["the job has failed: plays-3@17 is no JSON"])
    }
}
