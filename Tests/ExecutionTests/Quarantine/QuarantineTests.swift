import Columnar
import Dataflow
import StateBackends
import Synchronization
import Testing

@testable import Execution

/// Attempts that are counted in the store, processes that die, errors that name no record.
struct QuarantineTests {
    /// Keeps files in memory.
    private final class MemoryStore: CheckpointStore {
        private let files = Mutex<[String: [UInt8]]>([:])
        let location = "memory"

        func digest(of parts: [UnsafeRawBufferPointer]) -> String {
            let hash = parts.joined().reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
            return String(hash, radix: 16)
        }

        func change(_ name: String, _ body: (inout [UInt8]) -> Void) {
            files.withLock { body(&$0[name, default: []]) }
        }

        func put(_ name: String, _ parts: [SnapshotBuffer]) throws(CheckpointStoreError) -> StoredFile {
            let content = parts.flatMap { Array($0.bytes) }
            let isNew = files.withLock { $0.updateValue(content, forKey: name) == nil }
            guard isNew else { throw CheckpointStoreError(.alreadyExists, "\(name) exists") }
            return StoredFile(name: name, byteCount: content.count, digest: "")
        }

        func get(_ name: String, expecting: StoredFile?) throws(CheckpointStoreError) -> SnapshotBuffer {
            guard let bytes = files.withLock({ $0[name] }) else {
                throw CheckpointStoreError(.missing, "\(name) is missing")
            }
            let buffer = SnapshotBuffer()
            bytes.withUnsafeBytes { buffer.append($0) }
            return buffer
        }

        func list() throws(CheckpointStoreError) -> [String] { files.withLock { $0.keys.sorted() } }

        func delete(_ names: [String]) throws(CheckpointStoreError) {
            files.withLock { files in
                for name in names { files[name] = nil }
            }
        }
    }

    /// A job of one split whose process, or whose attempt, ends at a bad record.
    private struct Job {
        let store = MemoryStore()
        let policy: RowErrorAction?
        let bad: Int64
        let end: Int64 = 10_000
        var position: Int64 = 0
        var epoch: Int64 = 0
        var lineage: String?
        var aside: [Int64: String] = [:]
        let split = SplitID(topic: "t", partition: 0)
        /// Whether the checkpoint's files can be read; where not, an attempt ends before it sees a row.
        var isReadable = true

        var quarantine: Quarantine {
            Quarantine(repository: CheckpointRepository(store: store), log: { _ in })
        }

        var splits: [String: [SplitState]] { ["s": [SplitState(id: split, nextOffset: position)]] }

        /// One attempt to its end. Returns whether it met the bad record.
        mutating func attempt(_ quarantine: inout Quarantine) throws -> Bool {
            let limits = try quarantine.prepare(
                after: epoch, lineage: lineage, sources: StartedSources(splits: splits, ends: ["s": [split: end]]),
                policies: ["s": policy])["s"]
            if !isReadable { return true }
            quarantine.begin()
            let excluded = limits?.excluded[split] ?? [:]
            let bound = min(limits?.bounds[split] ?? end, end)
            if position <= bad && bad < bound && excluded[bad] == nil { return true }
            for (offset, reason) in excluded where offset >= position && offset < bound { aside[offset] = reason }
            position = bound
            epoch += 1
            lineage = "one"
            quarantine.stage(splits)
            quarantine.committed()
            return false
        }
    }

    @Test func aRecordThatEndsTheProcessIsFoundByItsSuccessors() throws {
        var job = Job(policy: .deadLetter, bad: 7777)
        var deaths = 0
        for _ in 0..<200 where job.position < job.end {
            // Every life of the process begins without a memory.
            var quarantine = job.quarantine
            while job.position < job.end {
                if try job.attempt(&quarantine) {
                    deaths += 1
                    break
                }
            }
        }
        #expect(job.position == job.end)
        #expect(Array(job.aside.keys) == [7777])
        #expect(deaths < 3 + 12 + 3 + 1, "\(deaths) deaths")
    }

    /// A turned bit in what an earlier process has found out must not put a good record aside.
    @Test func aDamagedSearchBeginsAnewAndBlamesNoOther() throws {
        var job = Job(policy: .deadLetter, bad: 7777)
        var name: String?
        for _ in 0..<200 where name == nil {
            var quarantine = job.quarantine
            while !(try job.attempt(&quarantine)) {}
            // As soon as the record is found, the file says so.
            guard let kept = try job.store.list().first(where: { $0.hasPrefix("quarantine-") }) else { continue }
            let content = String(decoding: try job.store.get(kept, expecting: nil).bytes, as: UTF8.self)
            if content.contains("7777") { name = kept }
        }
        let file = try #require(name)
        let size = try job.store.get(file, expecting: nil).count
        for place in 0..<size {
            for bit in [0, 3, 6] as [UInt8] {
                job.store.change(file) { $0[place] ^= 1 << bit }
                var quarantine = job.quarantine
                let limits = try quarantine.prepare(
                    after: job.epoch, lineage: job.lineage,
                    sources: StartedSources(splits: job.splits, ends: ["s": [job.split: job.end]]),
                    policies: ["s": .deadLetter])["s"]
                #expect(limits?.excluded[job.split]?.isEmpty ?? true, "bit \(bit) of byte \(place)")
                job.store.change(file) { $0[place] ^= 1 << bit }
            }
        }
        job.store.change(file) { $0.removeLast() }
        for _ in 0..<200 where job.position < job.end {
            var quarantine = job.quarantine
            while job.position < job.end {
                if try job.attempt(&quarantine) { break }
            }
        }
        #expect(job.position == job.end)
        #expect(Array(job.aside.keys) == [7777])
    }

    @Test(arguments: [0, 4, 8])
    func anAttemptThatEndsBeforeItsRowsBlamesNone(deaths: Int) throws {
        var job = Job(policy: .fail, bad: 7777)
        for _ in 0..<deaths {
            var quarantine = job.quarantine
            _ = try job.attempt(&quarantine)
        }
        let (files, position) = (try job.store.list(), job.position)
        job.isReadable = false
        for _ in 0..<50 {
            var quarantine = job.quarantine
            _ = try job.attempt(&quarantine)
            let goesOn = try quarantine.failed(Refusal(.unreadable, found: "a file is damaged", choices: []))
            #expect(!goesOn)
        }
        #expect(try job.store.list() == files)
        #expect(job.position == position)
    }

    /// Instances that take over from one another delete and note attempts in turns, so that numbers are missing.
    @Test func attemptsOfAnotherInstanceNeverStopThisOne() throws {
        var job = Job(policy: .deadLetter, bad: -1)
        _ = try job.store.put("attempt-1-new-2", [])
        var quarantine = job.quarantine
        #expect(try job.attempt(&quarantine) == false)
        #expect(try job.store.list() == [])
    }

    @Test func anErrorOfOursPutsTheRecordAsideWithoutEndingTheProcess() throws {
        var job = Job(policy: .deadLetter, bad: 3)
        var quarantine = job.quarantine
        for _ in 0..<200 where job.position < job.end {
            if try job.attempt(&quarantine) {
                let goesOn = try quarantine.failed(DataflowError(.internal, "no such thing"))
                #expect(goesOn)
            }
        }
        #expect(job.position == job.end)
        #expect(job.aside == [3: "no such thing"])
        #expect(try job.store.list().filter { $0.hasPrefix("attempt") } == [])
    }

    @Test(arguments: [RowErrorAction.fail, .deadLetter])
    func anErrorOfTheRowStopsTheJobWithItsPlace(policy: RowErrorAction) throws {
        var job = Job(policy: policy, bad: 5000)
        var quarantine = job.quarantine
        let error = #expect(throws: DataflowError.self) {
            for _ in 0..<200 where job.position < job.end {
                if try job.attempt(&quarantine) {
                    let goesOn = try quarantine.failed(DataflowError(.invalidData, "division by zero"))
                    #expect(goesOn)
                }
            }
        }
        #expect(error?.context.topic == "t")
        #expect(error?.context.partition == 0)
        #expect(error?.context.offset == 5000)
        #expect(error?.message.contains("division by zero") == true)
        #expect(job.position == 5000)
    }

    @Test func errorsThatNameTheRecordOrAreNotOfARecordAreLeftAlone() throws {
        let errors: [any Error] = [
            DataflowError(.unavailable, "away"), DataflowError(.limitExceeded, "too many"),
            DataflowError(.invalidConfiguration, "no table"), DataflowError(.refused, "foreign"),
            DataflowError(.invalidData, "bad", context: ErrorContext(topic: "t", partition: 0, offset: 1)),
        ]
        for error in errors {
            var job = Job(policy: .skip, bad: 0)
            var quarantine = job.quarantine
            for _ in 0..<5 {
                let hasMet = try job.attempt(&quarantine)
                let goesOn = try quarantine.failed(error)
                #expect(hasMet && !goesOn)
            }
            #expect(!quarantine.isSearching)
            #expect(try job.store.list().isEmpty)
        }
    }

    @Test func aSourceThatCannotBeRestrictedIsNotSearched() throws {
        var job = Job(policy: nil, bad: 0)
        var quarantine = job.quarantine
        for _ in 0..<5 {
            let hasMet = try job.attempt(&quarantine)
            let goesOn = try quarantine.failed(DataflowError(.internal, "no such thing"))
            #expect(hasMet && !goesOn)
        }
        #expect(!quarantine.isSearching)
    }
}
