import Dataflow
import StateBackends
import Synchronization
import TestKit
import Testing

@testable import Execution

/// The coordinator's loop around the protocol, on real threads.
@Suite(.timeLimit(.minutes(1)))
struct JobCoordinatorTests {
    /// Keeps files in memory and has trouble with the first ones of a kind.
    final class TroubledStore: CheckpointStore {
        enum Trouble {
            /// The store does not answer.
            case away
            /// Somebody deletes the file as soon as it is there.
            case deleted
            /// A checkpoint of another instance shows in a listing after the first, and is collected again.
            case overtaken
        }

        private let files = Mutex<[String: [UInt8]]>([:])
        private let failures: Mutex<Int>
        private let prefix: String
        private let trouble: Trouble

        let location = "memory"

        init(_ trouble: Trouble, prefix: String, times: Int) {
            self.trouble = trouble
            self.prefix = prefix
            failures = Mutex(times)
        }

        func digest(of parts: [UnsafeRawBufferPointer]) -> String {
            var hash: UInt64 = 0xcbf2_9ce4_8422_2325
            for part in parts {
                for byte in part { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
            }
            let text = String(hash, radix: 16)
            return String(repeating: String(repeating: "0", count: 16 - text.count) + text, count: 4)
        }

        func put(_ name: String, _ parts: [SnapshotBuffer]) throws(CheckpointStoreError) -> StoredFile {
            let isTroubled =
                trouble != .overtaken && name.hasPrefix(prefix)
                && failures.withLock { count in
                    count -= 1
                    return count >= 0
                }
            if isTroubled && trouble == .away { throw CheckpointStoreError(.unavailable, "the store is away") }
            var bytes: [UInt8] = []
            for part in parts { bytes += Array(part.bytes) }
            let content = bytes
            let isNew = files.withLock { files in
                if files[name] != nil { return false }
                files[name] = content
                return true
            }
            guard isNew else { throw CheckpointStoreError(.alreadyExists, "\(name) exists") }
            if isTroubled && trouble == .deleted { try delete([name]) }
            return StoredFile(
                name: name, byteCount: content.count, digest: content.withUnsafeBytes { digest(of: [$0]) })
        }

        func get(_ name: String, expecting expected: StoredFile?) throws(CheckpointStoreError) -> SnapshotBuffer {
            guard let bytes = files.withLock({ $0[name] }) else {
                throw CheckpointStoreError(.missing, "\(name) is missing")
            }
            let buffer = SnapshotBuffer()
            bytes.withUnsafeBytes { buffer.append($0) }
            return buffer
        }

        func list() throws(CheckpointStoreError) -> [String] {
            let names = files.withLock { $0.keys.sorted() }
            guard trouble == .overtaken else { return names }
            let isStrange = failures.withLock { count in
                count += 1
                return count == 2
            }
            return isStrange ? names + ["\(prefix)000000000009-ffffffffffff-ffffffffffff.json"] : names
        }

        func delete(_ names: [String]) throws(CheckpointStoreError) {
            files.withLock { files in
                for name in names { files[name] = nil }
            }
        }
    }

    /// The first acknowledgement fails in the run, the second in its recovery, where the start that was to follow is void.
    @Test func aStoreThatIsAwayInTheRecoveryIsWaitedFor() throws {
        #expect(try attemptCount(with: TroubledStore(.away, prefix: "ack-", times: 2)) == 3)
    }

    /// An instance that fell asleep over its checkpoint finds it deleted by its successor, and goes to see who runs the job now.
    @Test func aCheckpointThatSomebodyDeletesAtOnceIsTakenAgain() throws {
        #expect(try attemptCount(with: TroubledStore(.deleted, prefix: "checkpoint-", times: 1)) == 2)
    }

    /// A job without a system that commits: two instances see each other by their files, and neither goes on as if it were alone.
    @Test func anotherInstanceOfAJobThatNobodyCommitsIsNoticed() throws {
        #expect(try attemptCount(with: TroubledStore(.overtaken, prefix: "checkpoint-", times: 0)) == 2)
    }

    @Test func aJobThatFailsForGoodSaysSoInItsStatus() throws {
        let coordinator = try coordinator(TroubledStore(.away, prefix: "none", times: 0)) {
            throw DataflowError(.invalidConfiguration, "the table is not there: create it")
        }
        #expect(throws: DataflowError.self) { try coordinator.run() }
        let status = coordinator.status
        #expect(status.phase == .failed && status.activity == nil && status.trouble == nil)
        #expect(status.lastError?.contains("create it") == true)
    }

    /// The timeline of a job begins before its process, with what can be gone back to.
    @Test func checkpointsOfEarlierProcessesAreTold() throws {
        let store = TroubledStore(.away, prefix: "none", times: 0)
        #expect(try coordinator(store).run() == .finished)
        let again = try coordinator(store)
        #expect(try again.run() == .finished)
        let history = again.status.history
        let earlier = history.filter(\.isEarlier)
        let first = try #require(earlier.first)
        #expect(first.epoch == 1 && first.startedAt > 0 && first.splits.map(\.nextOffset) == [1], "\(first)")
        #expect(history.map(\.epoch) == Array(1...Int64(history.count)), "\(history.map(\.epoch))")
        #expect(Set(history.map(\.name)).isSubset(of: again.status.keptManifests))
        // What somebody deletes is no longer kept once it has been looked.
        try store.delete([first.name])
        let third = try coordinator(store)
        #expect(try third.run() == .finished)
        #expect(!third.status.keptManifests.contains(first.name))
    }

    /// Runs a job of one row to its end; answers how many attempts that took.
    private func attemptCount(with store: TroubledStore) throws -> Int {
        let attempts = Mutex(0)
        let coordinator = try coordinator(store) { attempts.withLock { $0 += 1 } }
        #expect(try coordinator.run() == .finished)
        #expect(try store.list().contains { $0.hasPrefix("ack-") })
        return attempts.withLock { $0 }
    }

    /// A job of one row; `began` is called as each attempt begins.
    private func coordinator(
        _ store: TroubledStore, began: @escaping @Sendable () throws -> Void = {}
    ) throws -> JobCoordinator {
        var graph = JobGraph(vertices: [])
        let scan = graph.addSource("scan")
        let table = graph.addSink("sink", from: [(scan, .forward)])
        var configuration = JobCoordinator.Configuration()
        configuration.firstBackOffMilliseconds = 1
        configuration.checkpointIntervalMilliseconds = 60_000
        let job = JobIdentity(name: "test", instance: "1")
        return JobCoordinator(
            jobName: "test", configuration: configuration, startingPoint: .committed,
            repository: CheckpointRepository(store: store), clock: .system, log: { _ in },
            makeIdentifier: { "0123456789abcdef" },
            makeAttempt: { [graph] events in
                try began()
                let source = ScriptedSource(splitCount: 1, ending: .finished)
                source.append([ScriptedRow(key: 1, value: 1, time: 0)], to: 0)
                let parts = ExecutionParts(
                    sources: [scan: source], sinks: [table: CollectingSink()],
                    makeLookup: { _, _ in throw DataflowError(.internal, "no lookups in this test") })
                let execution = try JobExecution(
                    graph: graph, configuration: ExecutionConfiguration(parallelism: 1), parts: parts, clock: .system,
                    job: job, events: events)
                return JobCoordinator.Attempt(job: job, execution: execution, sinks: [], participants: [])
            })
    }
}
