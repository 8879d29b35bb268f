internal import Dispatch
internal import Foundation
internal import KafkaConnector
internal import Synchronization

/// Ratings that become state, and what keeps coming beside them.
final class RestartLoad {
    private let address: String
    private let loader: TopicLoader
    private let note: String
    /// Ratings so far, each of a key of its own.
    private var count = 0

    init(address: String, textBytes: Int) throws {
        self.address = address
        note = String(repeating: "n", count: max(1, textBytes))
        loader = try TopicLoader(properties: ["bootstrap.servers": address])
        for topic in ["ratings", "plays"] { try loader.createTopic(topic, partitions: 4) }
        try loader.createTopic("rated", partitions: 2)
    }

    /// Adds ratings of new keys.
    func ratings(_ added: Int) throws {
        for id in count..<count + added { try Self.rating(loader, id, note) }
        count += added
        try loader.flush()
    }

    /// Goes on with ratings and plays of known keys, half and half, from a thread of its own.
    func feed(rate: Int) -> Feeder {
        Feeder(address: address, note: note, keyCount: max(count, 1), rate: rate)
    }

    fileprivate static func rating(_ loader: TopicLoader, _ id: Int, _ note: String) throws {
        let time = Int(Date().timeIntervalSince1970 * 1000)
        try loader.send("ratings", key: String(id), value: "{\"id\":\(id),\"note\":\"\(note)\",\"ts\":\(time)}")
    }

    /// A thread that produces until it is stopped.
    final class Feeder: Sendable {
        private let isStopping = Atomic(false)
        private let hasEnded = DispatchSemaphore(value: 0)

        fileprivate init(address: String, note: String, keyCount: Int, rate: Int) {
            let thread = Thread { [self] in
                defer { hasEnded.signal() }
                guard let loader = try? TopicLoader(properties: ["bootstrap.servers": address]) else { return }
                var id = 0
                while !isStopping.load(ordering: .acquiring) {
                    for _ in 0..<max(1, rate / 40) {
                        id = (id + 7919) % keyCount
                        try? RestartLoad.rating(loader, id, note)
                        let time = Int(Date().timeIntervalSince1970 * 1000)
                        try? loader.send("plays", key: String(id), value: "{\"id\":\(id),\"ts\":\(time)}")
                    }
                    try? loader.flush()
                    Thread.sleep(forTimeInterval: 0.05)
                }
            }
            thread.start()
        }

        func stop() {
            isStopping.store(true, ordering: .releasing)
            hasEnded.wait()
        }
    }
}
