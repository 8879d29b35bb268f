internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A thread of the operating system that runs one closure: for calls that block, and for work that never suspends.
///
/// The thread goes on when nobody holds this object; then it cannot be waited for any more.
package final class DedicatedThread: Sendable {
    /// Bytes of a thread's stack, the same on every system.
    private static let stackByteCount = 8 << 20

    /// Nil once somebody has waited for the end.
    private let id: Mutex<pthread_t?>

    /// Starts the thread. What `body` holds belongs to that thread from now on: the caller lets go of it.
    ///
    /// - Throws: `DataflowError.unavailable` when the system gives no thread.
    @discardableResult
    package init(_ body: @escaping () -> Void) throws(DataflowError) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, Self.stackByteCount)
        let argument = Unmanaged.passRetained(Body(body))
        #if canImport(Darwin)
            var thread: pthread_t?
        #else
            var thread = pthread_t()
        #endif
        let code = pthread_create(
            &thread, &attributes,
            { argument in
                #if canImport(Darwin)
                    let opaque: UnsafeMutableRawPointer? = argument
                #else
                    let opaque = argument
                #endif
                if let opaque { Unmanaged<Body>.fromOpaque(opaque).takeRetainedValue().run() }
                return nil
            }, argument.toOpaque())
        guard code == 0 else {
            argument.release()
            throw DataflowError(
                .unavailable, "the system gave no thread (error \(code)): raise its limits or lower the parallelism")
        }
        id = Mutex(thread)
    }

    deinit {
        if let thread = takeID() { pthread_detach(thread) }
    }

    /// Waits for the body's end. Only the first caller waits.
    package func join() {
        if let thread = takeID() { pthread_join(thread, nil) }
    }

    private func takeID() -> pthread_t? {
        id.withLock { id in
            defer { id = nil }
            return id
        }
    }

    private final class Body {
        let run: () -> Void

        init(_ run: @escaping () -> Void) {
            self.run = run
        }
    }
}
