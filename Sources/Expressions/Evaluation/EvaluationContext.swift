/// What an evaluation needs besides the batch; made anew for each batch.
package struct EvaluationContext: Sendable {
    /// Processing time, microseconds since 1970-01-01T00:00:00Z: CURRENT_TIMESTAMP, PROCTIME() and the like, one value a batch.
    package var now: Int64
    /// The session's zone (`table.local-time-zone`).
    package var timeZone: SessionTimeZone

    package init(now: Int64, timeZone: SessionTimeZone = .utc) {
        self.now = now
        self.timeZone = timeZone
    }
}
