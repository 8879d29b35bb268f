import Dataflow
import Foundation
import StateBackends
import Testing

@testable import Execution
@testable import JobService

/// What `millrace checkpoints list` and `show` say, as text and as JSON.
struct CheckpointDetailsTests {
    private let lineage = "0123456789abcdef"

    private func withRepository(_ body: (CheckpointRepository) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.path + "/millrace-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(try CheckpointLocation.repository(uri: "file://\(folder)", job: "film"))
    }

    /// A checkpoint with one file of state and one redo log.
    private func publish(_ repository: CheckpointRepository, epoch: Int64) throws -> (
        state: StoredFile, redo: StoredFile
    ) {
        func file(_ name: String, _ text: String) throws -> StoredFile {
            let buffer = SnapshotBuffer()
            for byte in text.utf8 { buffer.append(byte) }
            return try repository.store.put(name, [buffer])
        }
        let state = try file("state-\(epoch)", "state of the join")
        let redo = try file("redo-\(epoch)", "rows")
        let digest = try repository.publish(
            CheckpointManifest(
                job: "film", lineage: lineage, epoch: epoch, parent: nil, createdAt: 1_700_000_000_000,
                keyGroupCount: 128, sources: [:], descriptors: [:], files: [state],
                segments: [
                    CheckpointManifest.SegmentReference(
                        operatorUID: "join", stateName: "versions", kind: .full, firstKeyGroup: 0, endKeyGroup: 128,
                        epoch: epoch, file: state.name, offset: 0, byteCount: state.byteCount)
                ],
                redo: [CheckpointManifest.RedoReference(participant: "postgres:one", file: redo)],
                stateByteCount: 4096, isFinal: false))
        try repository.acknowledge(CheckpointReference(lineage: lineage, epoch: epoch, digest: digest))
        return (state, redo)
    }

    @Test func everyFileIsNamedWithItsLengthAndChecksum() throws {
        try withRepository { repository in
            let (state, redo) = try publish(repository, epoch: 7)
            let details = try CheckpointDetails(repository, epoch: 7)
            #expect(details.files.map(\.kind) == [.manifest, .state, .redo])
            #expect(details.files.map(\.sha256) == [try repository.summaries()[0].digest, state.digest, redo.digest])
            #expect(details.files[1].byteCount == 17 && details.files[2].byteCount == 4)
            #expect(details.files[2].participant == "postgres:one")
            let text = details.text
            for file in details.files {
                let line = text.split(separator: "\n").first { $0.hasPrefix(file.name) }
                #expect(
                    line?.contains(" \(file.byteCount) ") == true && line?.hasSuffix(file.sha256) == true, "\(text)")
            }
            #expect(text.contains("--from-checkpoint 7"))
            let read = try JSONDecoder().decode(CheckpointDetails.self, from: Data(try details.json().utf8))
            #expect(read == details)
        }
    }

    @Test func aNumberThatIsNotThereNamesTheNewest() throws {
        try withRepository { repository in
            _ = try publish(repository, epoch: 7)
            let error = #expect(throws: JobServiceError.self) { _ = try CheckpointDetails(repository, epoch: 8) }
            #expect(error?.message.contains("the newest are 7") == true)
        }
    }

    @Test func theListIsTextAndJSON() throws {
        try withRepository { repository in
            let now = Date(timeIntervalSince1970: 1_700_000_060)
            #expect(try CheckpointListing(repository, now: now).text(now: now).hasPrefix("no checkpoints in "))
            _ = try publish(repository, epoch: 7)
            let listing = try CheckpointListing(repository, now: now)
            #expect(listing.checkpoints.map(\.epoch) == [7] && listing.checkpoints[0].isCommitted)
            #expect(listing.text(now: now).contains("60 s"))
            let read = try JSONDecoder().decode(CheckpointListing.self, from: Data(try listing.json().utf8))
            #expect(read == listing)
        }
    }
}
