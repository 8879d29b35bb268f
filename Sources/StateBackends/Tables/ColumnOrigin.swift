internal import Columnar

/// Where the value of a column is kept: key columns and the version's time are not stored twice.
enum ColumnOrigin {
    case key(slot: Int)
    case time
    case stored(slot: Int)

    /// The origin of every column of a schema, in order; the stored ones are numbered in that order.
    static func origins(columnCount: Int, keys: [Int], time: Int?) -> [ColumnOrigin] {
        var stored = 0
        return (0..<columnCount).map { column in
            if let slot = keys.firstIndex(of: column) { return .key(slot: slot) }
            if column == time { return .time }
            defer { stored += 1 }
            return .stored(slot: stored)
        }
    }

    var isStored: Bool {
        if case .stored = self { return true }
        return false
    }
}
