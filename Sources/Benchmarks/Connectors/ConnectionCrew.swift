internal import Foundation
internal import PostgresConnector
internal import Synchronization

/// Sessions with one database, each on a thread of its own, that work beside each other.
final class ConnectionCrew: Sendable {
    private let count: Int
    private let readiness = DispatchSemaphore(value: 0)
    private let start = DispatchSemaphore(value: 0)
    private let completion = DispatchSemaphore(value: 0)
    private let end = DispatchSemaphore(value: 0)
    private let failure = Mutex<(any Error)?>(nil)

    /// Opens the sessions.
    ///
    /// - Parameters:
    ///   - opening: what each executes first.
    ///   - work: what each does in `run`; gets its number, 0..<count.
    init(
        _ count: Int, address: String, opening: String,
        work: @escaping @Sendable (PostgresConnection, Int) throws -> Void
    ) throws {
        self.count = count
        for number in 0..<count {
            Thread { [self] in
                do {
                    let connection = try PostgresConnection(
                        ConnectionParameters(url: address), session: SessionSettings(applicationName: "benchmark"))
                    try connection.execute(opening)
                    readiness.signal()
                    start.wait()
                    do { try work(connection, number) } catch { failure.withLock { $0 = error } }
                    completion.signal()
                    // Its session is looked at once more when all have finished.
                    end.wait()
                } catch {
                    failure.withLock { $0 = error }
                    readiness.signal()
                    start.wait()
                    completion.signal()
                }
            }.start()
        }
        for _ in 0..<count { readiness.wait() }
    }

    /// Lets all work and waits for them; once.
    func run() throws {
        for _ in 0..<count { start.signal() }
        for _ in 0..<count { completion.wait() }
        if let failure = failure.withLock({ $0 }) { throw failure }
    }

    /// Ends the sessions, after `run`.
    func close() {
        for _ in 0..<count { end.signal() }
    }
}
