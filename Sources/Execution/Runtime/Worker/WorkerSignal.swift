internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Where one thread waits and others wake it. A wake-up that comes while the thread is busy makes its next wait return
/// at once.
///
/// Safe because the pointers are set once and what they point to is used through the threads library alone.
final class WorkerSignal: @unchecked Sendable {
    private enum State {
        static let busy = 0
        static let notified = 1
        static let waiting = 2
    }

    private let state = Atomic(State.busy)
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    init() {
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        condition.initialize(to: pthread_cond_t())
        pthread_mutex_init(mutex, nil)
        #if canImport(Darwin)
            pthread_cond_init(condition, nil)
        #else
            var attributes = pthread_condattr_t()
            pthread_condattr_init(&attributes)
            pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
            pthread_cond_init(condition, &attributes)
            pthread_condattr_destroy(&attributes)
        #endif
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Any thread.
    func wake() {
        if state.load(ordering: .sequentiallyConsistent) == State.notified { return }
        guard state.exchange(State.notified, ordering: .sequentiallyConsistent) == State.waiting else { return }
        pthread_mutex_lock(mutex)
        pthread_cond_signal(condition)
        pthread_mutex_unlock(mutex)
    }

    /// The waiting thread, before it looks for work: what woke it so far will be seen by that look.
    func beginRound() {
        if state.load(ordering: .relaxed) != State.busy {
            state.store(State.busy, ordering: .sequentiallyConsistent)
        }
    }

    /// Waits for a wake-up since `beginRound`, at most `nanoseconds`; nil waits for ever.
    func wait(nanoseconds: UInt64?) {
        let (exchanged, _) = state.compareExchange(
            expected: State.busy, desired: State.waiting, ordering: .sequentiallyConsistent)
        guard exchanged else { return }
        pthread_mutex_lock(mutex)
        if let nanoseconds {
            var deadline = WorkerSignal.deadline(after: nanoseconds)
            while state.load(ordering: .sequentiallyConsistent) == State.waiting {
                if pthread_cond_timedwait(condition, mutex, &deadline) == ETIMEDOUT { break }
            }
        } else {
            while state.load(ordering: .sequentiallyConsistent) == State.waiting {
                pthread_cond_wait(condition, mutex)
            }
        }
        pthread_mutex_unlock(mutex)
    }

    private static func deadline(after nanoseconds: UInt64) -> timespec {
        var time = timespec()
        #if canImport(Darwin)
            clock_gettime(CLOCK_REALTIME, &time)
        #else
            clock_gettime(CLOCK_MONOTONIC, &time)
        #endif
        // A year is as good as for ever, and does not overflow.
        let span = min(nanoseconds, 31_536_000_000_000_000)
        let sum = Int(time.tv_nsec) + Int(span % 1_000_000_000)
        time.tv_sec += Int(span / 1_000_000_000) + sum / 1_000_000_000
        time.tv_nsec = sum % 1_000_000_000
        return time
    }
}
