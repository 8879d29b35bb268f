import Columnar
import Dataflow
import Execution
import Foundation
import StateBackends

/// A manifest of any content, and the file it points into: with right checksums it is refused, or gives state that
/// works.
enum CheckpointFuzz {
    private static let file = "state-000000000007-lineage-instance.bin"

    /// The manifest's bytes, counted, then the file's.
    static func run(_ bytes: [UInt8]) throws {
        var reader = InputReader(bytes)
        let text = reader.take(reader.number())
        let content = reader.rest()
        let store = MemoryCheckpointStore()
        let stored = store.place(file, content)
        guard var manifest = try? CheckpointManifest.decoded(buffer(text), name: "checkpoint") else {
            return
        }
        // The checksums are mended, so that what comes after them is reached.
        for index in manifest.files.indices where manifest.files[index].name == file {
            manifest.files[index] = stored
        }
        for index in manifest.redo.indices where manifest.redo[index].file.name == file {
            manifest.redo[index].file = stored
        }
        let repository = CheckpointRepository(store: store)
        guard let digest = try? repository.publish(manifest) else { return }
        let summaries = try repository.summaries()
        try FuzzFinding.check(
            summaries.count == 1, "\(summaries.count) checkpoints where one was published")
        let found = try repository.manifest(named: summaries[0].name).manifest
        for redo in found.redo { _ = try? repository.redo(of: found, participant: redo.participant) }
        try restore(found, repository)
        plan(found)
        try? repository.acknowledge(
            CheckpointReference(lineage: found.lineage, epoch: found.epoch, digest: digest))
        try? repository.collectGarbage(retainedCount: 3, lineage: found.lineage)
    }

    private static func restore(_ manifest: CheckpointManifest, _ repository: CheckpointRepository)
        throws
    {
        var segments: [RestoredSegment] = []
        guard let reader = try? repository.reader(of: manifest), (try? reader.forEach { segments.append($0) }) != nil
        else { return }
        for kind in 0..<StateFuzz.kinds {
            let state = StateFuzz.make(kind)
            let isWhole = segments.filter { $0.operatorUID == "operator \(kind)" }.allSatisfy { segment in
                // As the job does: another shape or another number of key groups is refused before.
                guard manifest.keyGroupCount == KeyGroup.defaultCount,
                    segment.descriptor.map({ state.descriptor.change(from: $0) == nil }) ?? true
                else { return false }
                return StateFuzz.restore(
                    withExtendedLifetime(segment.buffer) { Array(segment.bytes) }, into: state)
            }
            if isWhole { try StateFuzz.use(state, kind) }
        }
    }

    private static func plan(_ manifest: CheckpointManifest) {
        // Another number of key groups is refused before, by the job as well.
        guard manifest.keyGroupCount == KeyGroup.defaultCount else { return }
        var plan = SnapshotPlan(keyGroupCount: KeyGroup.defaultCount, restoredFrom: manifest)
        for _ in 0..<3 {
            _ = plan.nextFull(stateByteCount: manifest.stateByteCount)
            plan.add([], file: nil)
        }
    }

    private static func buffer(_ bytes: [UInt8]) -> SnapshotBuffer {
        let buffer = SnapshotBuffer(capacity: bytes.count)
        bytes.withUnsafeBytes { buffer.append($0) }
        return buffer
    }

    static func seeds() throws -> [[UInt8]] {
        let ranges: [Range<Int>] = [0..<2, 2..<4, 4..<6, 0..<6]
        return try ranges.map(seed)
    }

    /// A checkpoint with a state of each of those kinds, saved in full and then its changes.
    private static func seed(_ kinds: Range<Int>) throws -> [UInt8] {
        var content: [UInt8] = []
        var segments: [String] = []
        var descriptors: [String] = []
        for kind in kinds {
            for (epoch, name) in [(6, "full"), (7, "changes")] {
                let bytes = try StateFuzz.snapshot(kind, changesOnly: name == "changes")
                segments.append(
                    """
                    {"byteCount":\(bytes.count),"endKeyGroup":128,"epoch":\(epoch),"file":"\(file)","firstKeyGroup":0,\
                    "kind":"\(name)","offset":\(content.count),"operatorUID":"operator \(kind)","stateName":"state"}
                    """)
                content += bytes
            }
            let descriptor = try JSONEncoder().encode([StateFuzz.make(kind).descriptor])
            descriptors.append("\"operator \(kind)\":" + String(decoding: descriptor, as: UTF8.self))
        }
        let stored = "{\"byteCount\":\(content.count),\"digest\":\"0\",\"name\":\"\(file)\"}"
        let manifest = """
            {"createdAt":1,"descriptors":{\(descriptors.joined(separator: ","))},"epoch":7,"files":[\(stored)],"format":1,\
            "isFinal":false,"job":"film","keyGroupCount":128,"lineage":"lineage","parentEpoch":6,"parentLineage":"lineage",\
            "redo":[{"file":\(stored),"participant":"postgres"}],"segments":[\(segments.joined(separator: ","))],\
            "sources":{"source:plays":[{"attributes":{"fingerprint":"41,1700000000000,ff"},"id":{"partition":0,"topic":"plays"},\
            "maximumTime":9,"nextOffset":42,"watermark":7}]},"stateByteCount":\(content.count)}
            """
        return Array(manifest.utf8).counted + content
    }

    static let dictionary: [String] = [
        "\"keyGroupCount\":", "\"firstKeyGroup\":", "\"endKeyGroup\":", "\"offset\":", "\"byteCount\":",
        "\"epoch\":",
        "\"kind\":\"full\"", "\"kind\":\"changes\"", "-1", "9223372036854775807",
        "-9223372036854775808", "null", "129",
        "\"nextOffset\":", "\"watermark\":", "\"file\":\"", "../x", "\"parentEpoch\":", "\"format\":",
        "1e9", "128",
        "\"stateByteCount\":", "[]", "{}",
    ]
}
