internal import Columnar
internal import Dataflow

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Musl
#endif

extension ProcessingClock {
    /// The machine's clocks.
    static let system = ProcessingClock(
        now: {
            let time = read(CLOCK_REALTIME)
            return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
        },
        monotonicNanoseconds: {
            let time = read(CLOCK_MONOTONIC)
            return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
        })

    private static func read(_ clock: clockid_t) -> timespec {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return time
    }
}
