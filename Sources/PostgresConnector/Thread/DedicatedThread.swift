internal import CPostgres
internal import Glibc

/// A thread of the operating system that runs one closure: for calls that block.
enum DedicatedThread {
    private final class Body {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Starts a thread; `name` is cut to the 15 bytes that the system keeps.
    static func start(name: String, _ run: @escaping @Sendable () -> Void) throws(PostgresConnectorError) {
        let name = String(decoding: name.utf8.prefix(15), as: UTF8.self)
        let body = Unmanaged.passRetained(
            Body {
                millrace_pg_name_thread(name)
                run()
            })
        var thread = pthread_t()
        let failure = pthread_create(
            &thread, nil,
            { argument in
                // The argument is the body that was retained for this thread.
                Unmanaged<Body>.fromOpaque(argument!).takeRetainedValue().run()
                return nil
            }, body.toOpaque())
        guard failure == 0 else {
            body.release()
            throw PostgresConnectorError(.internalError, "a thread could not be started (error \(failure))")
        }
        pthread_detach(thread)
    }
}
