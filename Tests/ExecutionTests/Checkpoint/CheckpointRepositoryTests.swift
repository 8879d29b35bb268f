import Dataflow
import StateBackends
import Testing

@testable import Execution

/// What is kept in a checkpoint store, and what can still be started from.
struct CheckpointRepositoryTests {
    private let repository = CheckpointRepository(
        store: JobCoordinatorTests.TroubledStore(.away, prefix: "ack-", times: 0))

    private func publish(
        _ lineage: String, _ epoch: Int64, files: [StoredFile] = [], acknowledged: Bool = true
    ) throws {
        let redo = try repository.storeRedo(
            SnapshotBuffer(), participant: 0, epoch: epoch, lineage: lineage, instance: "0123456789ab")
        let digest = try repository.publish(
            CheckpointManifest(
                job: "test", lineage: lineage, epoch: epoch, createdAt: 0, keyGroupCount: 128, sources: [:],
                descriptors: [:], files: files, segments: [],
                redo: [.init(participant: "postgres", file: redo)], stateByteCount: 0, isFinal: false))
        if acknowledged {
            try repository.acknowledge(CheckpointReference(lineage: lineage, epoch: epoch, digest: digest))
        }
    }

    @Test func whatAProcessLeftThatDiedBeforeItsFirstCommitIsCollected() throws {
        try publish("dead0000-1", 1, acknowledged: false)
        try publish("left0000-1", 1)
        for epoch in 1...5 { try publish("live0000-1", Int64(epoch)) }
        try repository.collectGarbage(retainedCount: 2, lineage: "live0000-1")
        let names = try repository.store.list()
        #expect(names.allSatisfy { !$0.contains("dead0000") })
        #expect(names.filter { $0.contains("left0000") }.count == 3, "what an operator went away from stays: \(names)")
        #expect(try repository.summaries().map(\.epoch) == [1, 4, 5])
    }

    /// An instance that stood still between listing the files and reading the manifests: another one has gone on meanwhile and deleted
    /// those manifests, and its newest checkpoint still needs a file of theirs.
    @Test func nothingIsCollectedByAListThatIsOutOfDate() throws {
        let file = try repository.store.put("state-000000000001-live0000-01234567.bin", [])
        for epoch in 1...6 { try publish("live0000-1", Int64(epoch), files: [file]) }
        let names = try repository.store.list()
        for epoch in 7...12 { try publish("live0000-1", Int64(epoch), files: [file]) }
        try repository.collectGarbage(retainedCount: 3, lineage: "live0000-1")
        let obsolete = CheckpointNames.obsolete(names, retainedCount: 3, lineage: "live0000-1") { name in
            (try? repository.manifest(named: name)).map { $0.manifest.files.map(\.name) }
        }
        #expect(obsolete.isEmpty)
        #expect(try repository.store.list().contains(file.name))
    }

    @Test func aSavepointStaysWithItsFiles() throws {
        let file = try repository.store.put("state-000000000001-live0000-01234567.bin", [])
        for epoch in 1...8 {
            try publish("live0000-1", Int64(epoch), files: epoch <= 2 ? [file] : [])
            if epoch == 2 {
                let summary = try #require(try repository.summaries().last)
                let reference = CheckpointReference(lineage: summary.lineage, epoch: 2, digest: summary.digest)
                try repository.keep(reference)
                try repository.keep(reference)
            }
        }
        try repository.collectGarbage(retainedCount: 3, lineage: "live0000-1")
        let summaries = try repository.summaries()
        #expect(summaries.map(\.epoch) == [2, 6, 7, 8])
        #expect(summaries.allSatisfy { $0.isAcknowledged })
        let kept = try #require(summaries.first)
        let manifest = try repository.manifest(named: kept.name).manifest
        #expect(try repository.epochsWithoutDamage(of: manifest) == [8, 7, 6, 2])
        _ = try repository.redo(of: manifest, participant: "postgres")
        // Without its mark it goes the way of the others.
        try repository.store.delete(try repository.store.list().filter { $0.hasPrefix("savepoint-") })
        try repository.collectGarbage(retainedCount: 3, lineage: "live0000-1")
        #expect(try repository.summaries().map(\.epoch) == [6, 7, 8])
    }

    @Test func aCheckpointThatNeedsADamagedFileIsNotOffered() throws {
        let file = try repository.store.put("state-1", [])
        let other = try repository.store.put("state-2", [])
        try publish("live0000-1", 1, files: [other])
        try publish("live0000-1", 2, files: [file])
        try publish("live0000-1", 3, files: [file, other])
        try repository.store.delete(["state-1"])
        let last = try repository.manifest(named: try #require(try repository.summaries().last).name).manifest
        #expect(try repository.epochsWithoutDamage(of: last) == [1])
    }
}
