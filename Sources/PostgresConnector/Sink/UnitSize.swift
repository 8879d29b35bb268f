/// How much a writer gathers before it hands a unit over.
struct UnitSize: Sendable, Equatable {
    /// Rows that are handed over once the session has nothing else to do.
    let readyRowCount: Int
    /// What is handed over whatever the session does.
    let maximumRowCount: Int
    let maximumByteCount: Int

    /// The part of a memory limit that one unit may take.
    private static let share = 32

    /// Rows without a key go straight into their table, the sooner the better. Rows with one are merged in the order of their keys, and the
    /// more of them at once, the less of the index is touched twice: while the session is busy, a unit of them grows.
    ///
    /// - Parameters:
    ///   - rowCount: as the options say; nil where they do not.
    ///   - memoryLimit: bytes that the process may take; nil for no limit.
    init(rowCount: Int?, hasKey: Bool, memoryLimit: Int?) {
        readyRowCount = rowCount ?? 20_000
        maximumRowCount = rowCount ?? (hasKey ? 200_000 : readyRowCount)
        let byteCount = hasKey ? 32 << 20 : 8 << 20
        maximumByteCount = max(min(byteCount, (memoryLimit ?? .max) / Self.share), 1 << 20)
    }
}
