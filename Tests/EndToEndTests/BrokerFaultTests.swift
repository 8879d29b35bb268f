import Foundation
import Synchronization
import TestKit
import Testing

/// The service against a broker that loses, repeats, delays and refuses what it is asked; afterwards every row is there
/// once and right.
@Suite(.serialized, .sideBySide, .timeLimit(.minutes(10)))
struct BrokerFaultTests {
    private static let apis = [
        "Produce", "AddPartitionsToTxn", "AddOffsetsToTxn", "TxnOffsetCommit", "EndTxn", "InitProducerId",
        "FindCoordinator", "Fetch", "ListOffsets", "Metadata", "JoinGroup", "SyncGroup", "Heartbeat", "OffsetFetch",
    ]

    private static func script(seed: UInt64) -> String {
        let actions = ["close", "close after", "delay 40ms", "delay reply 40ms", "truncate", "throttle 30ms"]
        var lines = ["seed \(seed)"]
        for api in apis {
            lines += actions.map { "\(api) client=millrace chance 1% -> \($0)" }
        }
        // Those whose repetition a broker is to see through or to refuse.
        for api in ["Produce", "AddPartitionsToTxn", "AddOffsetsToTxn", "TxnOffsetCommit", "EndTxn"] {
            lines.append("\(api) transaction=* chance 3% -> duplicate")
        }
        lines += [
            "EndTxn request 7 -> hold until AddPartitionsToTxn, close",
            "EndTxn request 19 -> hold until Produce, close",
            "TxnOffsetCommit request 11 -> error ILLEGAL_GENERATION",
            "TxnOffsetCommit request 23 -> error UNKNOWN_MEMBER_ID",
            "Produce transaction=* request 31 -> expire transactions",
            "AddOffsetsToTxn request 29 for 2s -> error COORDINATOR_LOAD_IN_PROGRESS",
            "EndTxn request 37 for 3s -> error CONCURRENT_TRANSACTIONS",
            "Produce transaction=* request 61 for 1s -> error NOT_ENOUGH_REPLICAS",
            "data client=millrace after 8s until Metadata times 50 -> error NOT_LEADER_OR_FOLLOWER",
            "at 6s -> disconnect", "at 9s -> pause 1s",
        ]
        return lines.joined(separator: "\n")
    }

    private static let ownsBroker = ProcessInfo.processInfo.environment["MILLRACE_TEST_BOOTSTRAP_SERVERS"] == nil

    @Test(.enabled(if: ownsBroker), arguments: [FilmJob.Sinks.kafka, .both])
    func everyRowIsThereOnceAndRight(sinks: FilmJob.Sinks) throws {
        let seed = UInt64.random(in: 1...1_000_000)
        let system = try TestSystem()
        defer { system.tearDown() }
        try system.setBrokerFaults(Self.script(seed: seed))
        let films = Films(seed: seed, ratings: 3000, plays: 7000)
        let job = try FilmJob(system, films, sinks: sinks, parallelism: 2)
        let producer = job.produce(overSeconds: 12)
        let supervisor = try Supervisor { try job.start() }
        defer { supervisor.stop() }
        // Most of the rows meet faults, the last ones come to rest without.
        while !producer.isFinished { TestSystem.pass(milliseconds: 50) }
        TestSystem.pass(milliseconds: 2000)
        try system.setBrokerFaults("# none")
        let problems = try job.differences()
        #expect(
            problems.isEmpty,
            """
            seed \(seed), \(problems.count) problems: \(problems.prefix(5)); \(supervisor.output.suffix(3000))
            \(system.brokerOutput.suffix(3000))
            """)
        #expect(system.brokerOutput.split(separator: "\n").filter { $0.contains("fault:") }.count > 30)
    }

    /// Starts a process again whenever it has ended, as an orchestrator does.
    private final class Supervisor: Sendable {
        private struct State {
            var process: ServiceProcess
            var isStopping = false
        }

        private let state: Mutex<State>

        init(_ start: @escaping @Sendable () throws -> ServiceProcess) throws {
            state = Mutex(State(process: try start()))
            Thread { [self] in
                while true {
                    let mayGoOn = state.withLock { state in
                        if state.isStopping { return false }
                        if !state.process.isRunning, let next = try? start() { state.process = next }
                        return true
                    }
                    guard mayGoOn else { return }
                    TestSystem.pass(milliseconds: 50)
                }
            }.start()
        }

        var output: String { state.withLock { $0.process.output } }

        func stop() {
            state.withLock { state in
                state.isStopping = true
                _ = state.process.stop()
            }
        }
    }
}
