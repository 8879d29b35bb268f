internal import Foundation
internal import KafkaConnector
internal import KernelBenchmarks
internal import Synchronization

/// A thread that produces events at a rate, each with the time at which it was made.
final class LatencyFeeder: Sendable {
    private struct State {
        var sent = 0
        var hasEnded = false
        var failure: String?
    }

    private let address: String
    private let topic: String
    private let rate: Int
    private let state = Mutex(State())

    init(address: String, topic: String, rate: Int) {
        self.address = address
        self.topic = topic
        self.rate = rate
    }

    func start(_ recorder: LatencyRecorder, seconds: Double) {
        let thread = Thread { [self] in
            do {
                try feed(recorder, seconds: seconds)
            } catch {
                state.withLock { $0.failure = "\(error)" }
            }
            state.withLock { $0.hasEnded = true }
        }
        thread.start()
    }

    /// Waits until everything is acknowledged; answers how many events there were.
    func awaitEnd() throws -> Int {
        while !state.withLock({ $0.hasEnded }) { Thread.sleep(forTimeInterval: 0.02) }
        if let failure = state.withLock({ $0.failure }) { throw MeasuredProcess.Failure(description: failure) }
        return state.withLock { $0.sent }
    }

    private func feed(_ recorder: LatencyRecorder, seconds: Double) throws {
        let loader = try TopicLoader(properties: ["bootstrap.servers": address, "linger.ms": "0"])
        let total = Int(Double(rate) * seconds) / 100 * 100
        let start = LatencyRecorder.now()
        recorder.begin(at: start)
        var sent = 0
        while sent < total {
            let now = LatencyRecorder.now()
            let due = min(total, Int((now - start) * Int64(rate) / 1_000_000))
            while sent < due {
                try loader.send(topic, key: String(sent % 1000), value: "{\"id\":\(sent),\"sent\":\(now)}")
                sent += 1
            }
            try loader.handOver()
            Thread.sleep(forTimeInterval: 0.001)
        }
        try loader.flush()
        state.withLock { $0.sent = sent }
    }
}
