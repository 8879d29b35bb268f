/// What librdkafka may hold fetched for each partition of a table.
package struct FetchQueue: Hashable, Sendable {
    /// Bytes that a record costs librdkafka beside its own.
    private static let overhead = 400
    /// The part of a memory limit that the queues of one table may take.
    private static let share = 8

    /// Records that a partition's queue is filled up to.
    package var recordCount: Int
    package var kibibyteCount: Int

    /// - Parameters:
    ///   - partitionCount: of the whole table.
    ///   - memoryLimit: bytes that the process may take; nil for no limit.
    package init(partitionCount: Int, memoryLimit: Int?) {
        // For all partitions together, within limits for one.
        recordCount = min(max(100_000 / partitionCount, 8000), 50_000)
        kibibyteCount = min(max(131_072 / partitionCount, 1024), 8192)
        guard let memoryLimit else { return }
        let byteCount = memoryLimit / Self.share / partitionCount
        recordCount = min(recordCount, max(byteCount / 2 / Self.overhead, 100))
        kibibyteCount = min(kibibyteCount, max(byteCount / 2 / 1024, 64))
    }
}
