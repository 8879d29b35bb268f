import DevPostgres
import Foundation
import TestKit

/// What is done to the job, its broker and its databases.
extension Farm {
    /// Does harm to a running job and waits until it makes progress again.
    ///
    /// - Returns: the process that runs then.
    func inflict(
        _ fault: FarmFault, on life: FarmJob.Life, _ random: inout SeededRandom
    ) throws -> FarmJob.Life {
        count(fault.rawValue)
        let away = Int.random(in: 0..<700, using: &random)
        let epoch = job.checkpoints.acknowledgedEpoch
        var survivor = life
        switch fault {
        case .killed:
            bury(life)
            survivor = try start()
        case .brokerKilled:
            // A broker that is not ours is not ours to kill.
            if system.ownsBroker { try system.restartBroker(awayMilliseconds: away) }
        case .brokerRestarted:
            if system.ownsBroker { try system.restartBroker(awayMilliseconds: away, orderly: true) }
        case .brokerFaults:
            let script = FaultScripts.all[Int.random(in: FaultScripts.all.indices, using: &random)]
            try troubleBroker(script, milliseconds: 1500 + 2 * away, &random)
        case .databaseRestarted: try restartDatabase(away) { try system.postgres.halt(mode: "fast") }
        case .databaseStopped: try restartDatabase(away) { try system.postgres.halt(mode: "immediate") }
        case .databaseKilled: try restartDatabase(away) { try system.postgres.crash() }
        case .sessionsEnded: try endSessions()
        case .frozen:
            life.process.freeze()
            TestSystem.pass(milliseconds: 3 * away)
            life.process.thaw()
        case .zombie: survivor = try replace(life, frozenMilliseconds: 0)
        }
        if !survivor.process.isRunning {
            violate(
                "\(fault.rawValue): it ended with \(survivor.process.wait()): \(survivor.notableLines.suffix(1500))")
            survivor = try start()
        }
        if random.happens(0.8) { waitForProgress(fault.rawValue, from: epoch) }
        return survivor
    }

    /// While the broker is away the producer is silent, and some of its topics are behind the others afterwards: that must not
    /// count as idle, or rows would be late by rule.
    func toleratesSilence() {
        for table in ["RATINGS", "PLAYS"] {
            job.further["MILLRACE_TABLE_\(table)_SCAN_WATERMARK_IDLE_TIMEOUT"] = "20s"
        }
    }

    /// Lets a fault script act for a while.
    func troubleBroker(_ script: String, milliseconds: Int, _ random: inout SeededRandom) throws {
        guard system.ownsBroker else { return }
        try system.setBrokerFaults("seed \(random.next() >> 33)\n\(script)\n")
        TestSystem.pass(milliseconds: milliseconds)
        try system.setBrokerFaults("# none\n")
    }

    private func restartDatabase(_ away: Int, _ stop: () throws -> Void) throws {
        try stop()
        TestSystem.pass(milliseconds: away)
        try system.postgres.start()
    }

    /// Ends the job's sessions while they commit: each waits in COMMIT for a standby that never comes, its transaction being written.
    private func endSessions() throws {
        guard job.variant.databaseCount > 0 else { return }
        // A job that is still busy with the fault before this one commits nothing.
        waitForProgress("the fault before the end of its sessions")
        let sessions = "starts_with(application_name, left('\(job.name)', 24))"
        try system.postgres.query("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        try system.postgres.query("SELECT pg_reload_conf()")
        let committing = try system.postgres.query(
            """
            DO $end$
            DECLARE
                deadline timestamptz := clock_timestamp() + interval '20 s';
                ended int := 0;
            BEGIN
                LOOP
                    PERFORM pg_stat_clear_snapshot();
                    SELECT count(pg_terminate_backend(pid)) INTO ended FROM pg_stat_activity
                    WHERE \(sessions) AND wait_event = 'SyncRep' AND query ILIKE '%commit';
                    EXIT WHEN ended > 0 OR clock_timestamp() > deadline;
                    PERFORM pg_sleep(0.005);
                END LOOP;
                PERFORM set_config('farm.committing', ended::text, false);
            END $end$;
            SELECT current_setting('farm.committing')
            """)
        report.committingSessionsEnded += Int(committing) ?? 0
        try system.postgres.query("ALTER SYSTEM RESET synchronous_standby_names")
        try system.postgres.query("SELECT pg_reload_conf()")
    }

    /// Whether the faults that aim at a COMMIT have hit one.
    func checkAim() {
        let aimed = report.faults[FarmFault.sessionsEnded.rawValue, default: 0]
        guard job.variant.databaseCount > 0, aimed > 0, report.committingSessionsEnded == 0 else { return }
        violate("none of \(aimed) ends of sessions has met one that was committing")
    }

    /// Freezes a process, lets another take over, and lets the first go on: it must do no harm, and one of them must go.
    ///
    /// - Parameter frozenMilliseconds: how long nobody works before the other one starts.
    func replace(_ life: FarmJob.Life, frozenMilliseconds: Int) throws -> FarmJob.Life {
        life.process.freeze()
        TestSystem.pass(milliseconds: frozenMilliseconds)
        let other = try start()
        waitForProgress("another instance started")
        life.process.thaw()
        let deadline = Date(timeIntervalSinceNow: Self.liveness)
        while Date() < deadline, life.process.isRunning, other.process.isRunning { TestSystem.pass(milliseconds: 20) }
        let (gone, survivor) = life.process.isRunning ? (other, life) : (life, other)
        if gone.process.isRunning {
            violate("two instances of one job go on side by side: \(gone.notableLines.suffix(1500))")
            gone.process.crash()
        } else if gone.process.wait() != 5 {
            violate(
                "the instance that was replaced ended with \(gone.process.wait()): \(gone.notableLines.suffix(1500))")
        }
        note(gone)
        return survivor
    }
}
