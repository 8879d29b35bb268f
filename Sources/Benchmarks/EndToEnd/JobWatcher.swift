internal import Foundation
internal import HTTPService
internal import Synchronization

/// Looks at a running job once a second as its page and Prometheus do, from this process.
final class JobWatcher: Sendable {
    private struct State {
        var isStopping = false
        var readingCount = 0
    }

    /// Shared with the task.
    private final class Shared: Sendable {
        let state = Mutex(State())
        let ended = DispatchSemaphore(value: 0)
    }

    static let paths = ["/metrics", "/api/v1/status"]
    private let shared = Shared()

    /// - Parameter log: the file in which the job says where it serves.
    init(log: String) {
        let shared = shared
        Task.detached {
            var client: JobClient?
            while !shared.state.withLock(\.isStopping) {
                client = client ?? Self.address(log).map { JobClient($0) }
                for path in Self.paths {
                    guard let client, let answer = try? await client.send("GET", path), answer.status == 200 else {
                        continue
                    }
                    shared.state.withLock { $0.readingCount += 1 }
                }
                try? await Task.sleep(for: .milliseconds(client == nil ? 20 : 1000))
            }
            shared.ended.signal()
        }
    }

    /// Stops looking.
    ///
    /// - Returns: how many answers came.
    func stop() -> Int {
        shared.state.withLock { $0.isStopping = true }
        shared.ended.wait()
        return shared.state.withLock(\.readingCount)
    }

    private static func address(_ log: String) -> HTTPAddress? {
        let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        return text.firstMatch(of: /page=http:\/\/([^\/ ]+)\//).flatMap { HTTPAddress(String($0.1)) }
    }
}
