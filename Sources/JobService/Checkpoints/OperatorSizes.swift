internal import Execution
internal import StateBackends

/// How much of a checkpoint each operator's states take.
enum OperatorSizes {
    static func name(_ uid: String, _ state: String) -> String { "\(uid)/\(state)" }

    /// - Parameter entries: by `name`, where the state was restored.
    static func of(_ manifest: CheckpointManifest, entries: [String: Int] = [:]) -> [VerificationReport.OperatorState] {
        var sizes: [String: VerificationReport.OperatorState] = [:]
        for (uid, descriptors) in manifest.descriptors {
            for descriptor in descriptors {
                sizes[name(uid, descriptor.name)] = VerificationReport.OperatorState(
                    uid: uid, state: descriptor.name, byteCount: 0, segmentCount: 0,
                    entryCount: entries[name(uid, descriptor.name)])
            }
        }
        for segment in manifest.segments {
            sizes[name(segment.operatorUID, segment.stateName)]?.byteCount += segment.byteCount
            sizes[name(segment.operatorUID, segment.stateName)]?.segmentCount += 1
        }
        return sizes.keys.sorted().compactMap { sizes[$0] }
    }
}
