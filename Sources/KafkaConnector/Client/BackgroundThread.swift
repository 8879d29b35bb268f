internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A thread of our own for calls that block inside librdkafka.
final class BackgroundThread: Sendable {
    private let id: Mutex<pthread_t?>

    init(_ body: @escaping @Sendable () -> Void) {
        let box = Unmanaged.passRetained(Body(body))
        var id = pthread_t()
        let result = pthread_create(
            &id, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, box.toOpaque())
        precondition(result == 0, "no thread could be started: error \(result)")
        self.id = Mutex(id)
    }

    /// Waits for the body's end; once.
    func join() {
        let running = id.withLock { id in
            let running = id
            id = nil
            return running
        }
        if let running { pthread_join(running, nil) }
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }
}
