/// How a source's rows advance event time, per split: the greatest event time seen, less a delay.
package struct WatermarkStrategy: Hashable, Sendable {
    /// Position of the event time in the output of the source vertex (after its computed columns).
    package var column: Int
    /// `INTERVAL` of `WATERMARK FOR ts AS ts - INTERVAL ...`, in microseconds, not negative.
    package var delayMicroseconds: Int64
    /// How long a split that has been read to its end may be silent before it holds nothing back (`scan.watermark.idle-timeout`).
    package var idleTimeoutMilliseconds: Int
    /// How far a split may run ahead of the slowest (`scan.watermark.alignment.max-drift`), in microseconds; `Int64.max`: without limit.
    package var maximumDriftMicroseconds: Int64
    /// What a table has that does not say: one record from the year 2100 must not close every window.
    package static let defaultMaximumAheadMicroseconds: Int64 = 86_400_000_000

    /// Rows later than the wall clock by more than this do not advance the watermark (`scan.watermark.max-ahead`); nil: off.
    package var maximumAheadMicroseconds: Int64?

    package init(
        column: Int, delayMicroseconds: Int64, idleTimeoutMilliseconds: Int = 1000,
        maximumDriftMicroseconds: Int64 = 30_000_000, maximumAheadMicroseconds: Int64? = nil
    ) {
        self.column = column
        self.delayMicroseconds = delayMicroseconds
        self.idleTimeoutMilliseconds = idleTimeoutMilliseconds
        self.maximumDriftMicroseconds = maximumDriftMicroseconds
        self.maximumAheadMicroseconds = maximumAheadMicroseconds
    }
}
