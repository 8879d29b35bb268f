package import Columnar

/// The wall clock, passed in so that tests can move it.
package struct ProcessingClock: Sendable {
    /// The time now, UTC.
    package var now: @Sendable () -> Timestamp
    /// Nanoseconds of a clock that only goes forward, for intervals and time-outs.
    package var monotonicNanoseconds: @Sendable () -> UInt64

    package init(
        now: @escaping @Sendable () -> Timestamp, monotonicNanoseconds: @escaping @Sendable () -> UInt64
    ) {
        self.now = now
        self.monotonicNanoseconds = monotonicNanoseconds
    }
}
