internal import Glibc

extension BrokerClock {
    /// The system's clock.
    package static let system = BrokerClock {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
