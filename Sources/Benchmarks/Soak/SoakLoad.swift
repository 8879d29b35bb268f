internal import Foundation
internal import KafkaConnector
internal import KernelBenchmarks
internal import Synchronization

/// Produces events at a steady rate until it is stopped; an interruption is made up for afterwards.
final class SoakLoad: Sendable {
    private struct State {
        var produced = 0
        var isStopping = false
        var hasEnded = false
        var failure: String?
    }

    let events: SoakEvents
    private let system: SoakSystem.Topics
    private let state = Mutex(State())

    init(_ events: SoakEvents, _ topics: SoakSystem.Topics) {
        self.events = events
        system = topics
    }

    /// Events that were handed to the client.
    var produced: Int { state.withLock { $0.produced } }
    var failure: String? { state.withLock { $0.failure } }

    func start(_ address: String) {
        Thread { [self] in
            do {
                try run(TopicLoader(properties: ["bootstrap.servers": address]))
            } catch {
                state.withLock { $0.failure = "\(error)" }
            }
            state.withLock { $0.hasEnded = true }
        }.start()
    }

    /// Ends at a whole second of events, all of them acknowledged; answers how many there are.
    func stop() -> Int {
        state.withLock { $0.isStopping = true }
        while !state.withLock({ $0.hasEnded }) { Thread.sleep(forTimeInterval: 0.05) }
        return produced
    }

    private func run(_ loader: TopicLoader) throws {
        // 20 steps a second.
        let step = events.blockCount / 20
        let began = Measurement.nanoseconds(.wall)
        var position = 0
        while true {
            let isWhole = position % events.blockCount == 0
            if isWhole, state.withLock({ $0.isStopping }) { break }
            let due = began + Int64(position * 1000 / events.eventsPerMillisecond * 1000)
            let wait = due - Measurement.nanoseconds(.wall)
            if wait > 0 { Thread.sleep(forTimeInterval: Double(wait) / 1e9) }
            for _ in 0..<step {
                let number = events.number(at: position)
                let message = events.message(number)
                try loader.send(
                    events.isRating(number) ? system.ratings : system.plays, key: message.key, value: message.value)
                position += 1
            }
            try loader.handOver()
            state.withLock { $0.produced = position }
        }
        try close(loader, after: position)
        try loader.flush()
    }

    /// Later events in every partition of both topics, so that the watermark passes all that was produced.
    private func close(_ loader: TopicLoader, after count: Int) throws {
        let time = events.time(count) + 60_000
        for user in 0..<256 {
            try loader.send(system.ratings, key: "\(user)", value: "{\"user_id\":-1,\"rating\":0,\"ts\":\(time)}")
            try loader.send(system.plays, key: "\(user)", value: "{\"id\":-1,\"user_id\":-1,\"ts\":\(time)}")
        }
    }
}
