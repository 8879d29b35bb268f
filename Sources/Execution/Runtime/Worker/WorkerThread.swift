#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A detached thread of its own for work that never suspends.
enum WorkerThread {
    private final class Body {
        let run: () -> Void

        init(_ run: @escaping () -> Void) {
            self.run = run
        }
    }

    /// Runs `body` on a new thread. What `body` holds belongs to that thread from now on: the caller lets go of it.
    static func start(_ body: @escaping () -> Void) throws(ExecutionError) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(&attributes, 8 << 20)
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
        guard code != 0 else { return }
        argument.release()
        throw ExecutionError(
            .noThread, "the system gave no thread (error \(code)): raise its limits or lower the parallelism")
    }
}
