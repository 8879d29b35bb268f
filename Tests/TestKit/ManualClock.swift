internal import Columnar
package import Dataflow
internal import Synchronization

/// A clock that only tests move.
package final class ManualClock: Sendable {
    private let time: Mutex<Int64>

    package init(microseconds: Int64) {
        time = Mutex(microseconds)
    }

    package func advance(microseconds: Int64) {
        time.withLock { $0 += microseconds }
    }

    package var clock: ProcessingClock {
        ProcessingClock(
            now: { [self] in Timestamp(microseconds: time.withLock { $0 }) },
            monotonicNanoseconds: { [self] in UInt64(time.withLock { $0 }) * 1000 })
    }
}
