/// Names a checkpoint beyond doubt: numbers alone come again after a failover, and beside a decided checkpoint there may lie undecided ones of
/// its number.
package struct CheckpointReference: Hashable, Sendable, Codable {
    package var lineage: String
    package var epoch: Int64
    /// The manifest's.
    package var digest: String

    package init(lineage: String, epoch: Int64, digest: String) {
        self.lineage = lineage
        self.epoch = epoch
        self.digest = digest
    }
}
