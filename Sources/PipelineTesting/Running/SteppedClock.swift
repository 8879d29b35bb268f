internal import Columnar
internal import Dataflow
internal import Synchronization

/// A clock that stands still until a step of a case moves it.
final class SteppedClock: Sendable {
    private let origin: Timestamp
    /// Since the start.
    private let microseconds = Atomic<Int64>(0)

    init(_ origin: Timestamp) {
        self.origin = origin
    }

    var now: Timestamp {
        Timestamp(microseconds: origin.microseconds + microseconds.load(ordering: .sequentiallyConsistent))
    }

    /// - Parameter distance: not negative.
    func advance(microseconds distance: Int64) {
        microseconds.add(distance, ordering: .sequentiallyConsistent)
    }

    var clock: ProcessingClock {
        // From one second on, so that nothing happens at the clock's zero.
        ProcessingClock(
            now: { self.now },
            monotonicNanoseconds: {
                1_000_000_000 + UInt64(self.microseconds.load(ordering: .sequentiallyConsistent)) * 1000
            })
    }
}
