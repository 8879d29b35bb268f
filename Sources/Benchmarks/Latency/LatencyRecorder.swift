internal import Dispatch
internal import KernelBenchmarks
internal import Synchronization

/// Takes in when rows were seen; used by the thread that reads and the one that waits.
final class LatencyRecorder: Sendable {
    private struct State {
        /// Clock at the first event, microseconds.
        var start: Int64?
        /// Milliseconds from making to seeing, by the window in which the event was made.
        var windows: [[Double]]
        var rowCount = 0
        var seen: Set<Int64> = []
        var duplicateCount = 0
        var failure: String?
    }

    private let windowMicroseconds: Int64
    private let state: Mutex<State>

    init(windowSeconds: Double, windowCount: Int) {
        windowMicroseconds = Int64(windowSeconds * 1e6)
        state = Mutex(State(windows: Array(repeating: [], count: windowCount)))
    }

    /// The clock of all timestamps; only differences have a meaning.
    static func now() -> Int64 { Measurement.nanoseconds(.wall) / 1000 }

    func begin(at start: Int64) { state.withLock { $0.start = start } }

    /// Rows that were seen now.
    func add(_ rows: [(id: Int64, sent: Int64)]) {
        let now = Self.now()
        state.withLock { state in
            guard let start = state.start else { return }
            for row in rows {
                // Of ids one in a hundred is enough to find rows that come twice.
                if row.id % 100 == 0, !state.seen.insert(row.id).inserted { state.duplicateCount += 1 }
                state.rowCount += 1
                let window = Int((row.sent - start) / windowMicroseconds)
                if state.windows.indices.contains(window) {
                    state.windows[window].append(Double(now - row.sent) / 1000)
                }
            }
        }
    }

    func fail(_ text: String) { state.withLock { $0.failure = text } }

    var windows: [[Double]] { state.withLock { $0.windows } }

    /// Rows that came twice, or what went wrong with the reading.
    var problem: String? {
        state.withLock { state in
            state.failure ?? (state.duplicateCount > 0 ? "\(state.duplicateCount) rows in a hundred came twice" : nil)
        }
    }

    /// Waits until so many rows have been seen.
    func awaitRows(_ count: Int, seconds: Double) throws {
        let deadline = Self.now() + Int64(seconds * 1e6)
        while Self.now() < deadline {
            let (found, failure) = state.withLock { ($0.rowCount, $0.failure) }
            if let failure { throw MeasuredProcess.Failure(description: failure) }
            if found >= count { return }
            _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(20))
        }
        throw MeasuredProcess.Failure(
            description:
                "\(state.withLock { $0.rowCount }) of \(count) rows came within \(Int(seconds)) s of the last event")
    }
}
