package import Columnar
package import Dataflow
internal import Foundation
internal import Synchronization

/// A clock that stands still until a test moves it.
package final class ManualClock: Sendable {
    private let nanoseconds = Atomic<UInt64>(1_000_000_000)
    /// The wall clock when the manual one reads zero.
    private let origin: Timestamp

    package init(origin: Timestamp = Timestamp(microseconds: 0)) {
        self.origin = origin
    }

    package var clock: ProcessingClock {
        ProcessingClock(
            now: { Timestamp(microseconds: self.origin.microseconds + Int64(self.read() / 1000)) },
            monotonicNanoseconds: { self.read() })
    }

    package func advance(milliseconds: Int) {
        nanoseconds.add(UInt64(milliseconds) * 1_000_000, ordering: .sequentiallyConsistent)
    }

    private func read() -> UInt64 { nanoseconds.load(ordering: .sequentiallyConsistent) }
}

extension ProcessingClock {
    /// The machine's clocks.
    package static let system = ProcessingClock(
        now: {
            var time = timespec()
            clock_gettime(CLOCK_REALTIME, &time)
            return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
        },
        monotonicNanoseconds: {
            var time = timespec()
            clock_gettime(CLOCK_MONOTONIC, &time)
            return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
        })
}
