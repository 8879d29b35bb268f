#if canImport(Glibc)
    package import Glibc
#elseif canImport(Musl)
    package import Musl
#endif

/// A value behind a lock with a condition to wait on.
///
/// Safe because the value is touched only between `pthread_mutex_lock` and `pthread_mutex_unlock` of its own mutex.
package final class Monitor<Value: Sendable>: @unchecked Sendable {
    @usableFromInline
    let mutex: UnsafeMutablePointer<pthread_mutex_t>
    @usableFromInline
    let condition: UnsafeMutablePointer<pthread_cond_t>
    @usableFromInline
    var value: Value

    package init(_ value: Value) {
        self.value = value
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        // The wall clock may jump; waiting must not.
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Changes the value and wakes those who wait for a change.
    @inlinable
    package func update<Result: Sendable, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        pthread_mutex_lock(mutex)
        defer {
            pthread_cond_broadcast(condition)
            pthread_mutex_unlock(mutex)
        }
        return try body(&value)
    }

    /// Looks at the value.
    @inlinable
    package func read<Result: Sendable>(_ body: (borrowing Value) -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body(value)
    }

    /// Waits until `body`, called at first and after every change, answers something.
    @inlinable
    package func wait<Result: Sendable>(_ body: (inout Value) -> Result?) -> Result {
        update { value in
            while true {
                if let result = body(&value) { return result }
                pthread_cond_wait(condition, mutex)
            }
        }
    }

    /// The same, with nil when `timeout` has passed without an answer.
    package func wait<Result: Sendable>(timeout: Duration, _ body: (inout Value) -> Result?) -> Result? {
        var deadline = timespec()
        clock_gettime(CLOCK_MONOTONIC, &deadline)
        let nanoseconds = Int64(deadline.tv_nsec) + timeout.milliseconds % 1000 * 1_000_000
        deadline.tv_sec += Int(timeout.milliseconds / 1000 + nanoseconds / 1_000_000_000)
        deadline.tv_nsec = Int(nanoseconds % 1_000_000_000)
        return update { value in
            while true {
                if let result = body(&value) { return result }
                if pthread_cond_timedwait(condition, mutex, &deadline) == ETIMEDOUT { return body(&value) }
            }
        }
    }
}
