internal import Foundation

extension PostgresServer {
    /// Waits inside the server until a query answers true.
    ///
    /// - Throws: `Failure` when it has not done so within 30 seconds.
    package func waitUntil(_ condition: String, database: String = "postgres") throws {
        let text = condition.replacingOccurrences(of: "'", with: "''")
        try query(
            """
            DO $wait$
            DECLARE
                holds boolean := false;
                deadline timestamptz := clock_timestamp() + interval '30 s';
            BEGIN
                LOOP
                    PERFORM pg_stat_clear_snapshot();
                    EXECUTE '\(text)' INTO holds;
                    EXIT WHEN holds;
                    IF clock_timestamp() > deadline THEN RAISE EXCEPTION 'the condition did not come true'; END IF;
                    PERFORM pg_sleep(0.01);
                END LOOP;
            END $wait$
            """, database: database)
    }
}
