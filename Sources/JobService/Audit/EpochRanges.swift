internal import Dataflow
internal import Execution
internal import PostgresConnector

/// Which records each epoch has read, from the offsets of the epoch before it to its own.
struct EpochRanges {
    /// The offsets at the end of an epoch.
    struct Point {
        var lineage: String
        var epoch: Int64
        var offsets: [SplitID: Int64]
    }

    /// Oldest first.
    private(set) var points: [Point]

    /// - Parameters:
    ///   - markers: of any database; they reach back furthest.
    ///   - manifests: those that are kept.
    init(markers: [EpochMarker], manifests: [CheckpointManifest], lineage: String) {
        var byEpoch: [Int64: Point] = [:]
        for marker in markers where marker.lineage == lineage {
            byEpoch[marker.epoch] = Point(lineage: lineage, epoch: marker.epoch, offsets: marker.offsets)
        }
        for manifest in manifests where manifest.lineage == lineage {
            let offsets = Dictionary(manifest.splits.map { ($0.id, $0.nextOffset) }, uniquingKeysWith: min)
            byEpoch[manifest.epoch] = Point(lineage: lineage, epoch: manifest.epoch, offsets: offsets)
        }
        points = byEpoch.values.sorted { $0.epoch < $1.epoch }
    }

    /// What an epoch read, for people: `plays-0 [12, 20), plays-1 [7, 9)`; nil where its beginning is not known.
    func text(of epoch: Int64) -> String? {
        guard let index = points.firstIndex(where: { $0.epoch == epoch }) else { return nil }
        let before = index > 0 && points[index - 1].epoch == epoch - 1 ? points[index - 1].offsets : nil
        guard before != nil || epoch == 1 else { return nil }
        let parts = points[index].offsets.sorted { $0.key < $1.key }.compactMap { split, end -> String? in
            let start = before?[split] ?? 0
            return end > start ? "\(split) [\(start), \(end))" : nil
        }
        return parts.isEmpty ? "no records" : parts.joined(separator: ", ")
    }

    /// The epoch that read a record; nil where no kept epoch did.
    func epoch(of split: SplitID, offset: Int64) -> Int64? {
        guard let index = points.firstIndex(where: { $0.offsets[split] ?? 0 > offset }) else { return nil }
        let isFirst = index == 0 && points[0].epoch > 1
        return isFirst ? nil : points[index].epoch
    }
}
