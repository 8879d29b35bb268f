internal import Dataflow
internal import StateBackends

extension CheckpointManifest {
    /// Most key groups of a job, far above what is ever set.
    static let maximumKeyGroupCount = 1 << 16

    /// What cannot be in a manifest whatever wrote it: numbers that what reads it relies on. Nil when nothing is wrong.
    var flaw: String? {
        guard (1...Self.maximumKeyGroupCount).contains(keyGroupCount) else { return "\(keyGroupCount) key groups" }
        if epoch < 0 || lineage.isEmpty { return "epoch \(epoch) of lineage '\(lineage)'" }
        if stateByteCount < 0 { return "state of \(stateByteCount) bytes" }
        for file in files + redo.map(\.file) where file.byteCount < 0 {
            return "file \(file.name) of \(file.byteCount) bytes"
        }
        for split in splits where split.nextOffset < 0 || split.id.partition < 0 {
            return "offset \(split.nextOffset) of \(split.id)"
        }
        for segment in segments {
            if let flaw = flaw(of: segment) { return "\(segment.stateName) of \(segment.operatorUID): \(flaw)" }
        }
        return nil
    }

    private func flaw(of segment: SegmentReference) -> String? {
        let first = segment.firstKeyGroup
        guard first >= 0, first <= segment.endKeyGroup, segment.endKeyGroup <= keyGroupCount else {
            return "key groups \(first) to \(segment.endKeyGroup) of \(keyGroupCount)"
        }
        let (end, overflow) = segment.offset.addingReportingOverflow(segment.byteCount)
        guard segment.offset >= 0, segment.byteCount >= 0, !overflow,
            let file = files.first(where: { $0.name == segment.file }), end <= file.byteCount
        else { return "bytes outside of its file \(segment.file)" }
        return segment.epoch < 0 || segment.epoch > epoch ? "from epoch \(segment.epoch)" : nil
    }
}
