/// Compares the rows of a replay with the rows of a sink.
struct SpoolComparison {
    /// Which rows of the sink are to be found in the replay.
    struct Scope: Sendable {
        /// Whether the replay began with nothing, so that it explains every row of the sink.
        var isWhole: Bool
        /// The epoch markers of the replayed range; nil where the sink has none.
        var markers: ClosedRange<Int64>?
        /// Epochs by marker, for examples.
        var epochs: [Int64: Int64] = [:]
    }

    let old: RowSpool
    let new: RowSpool
    let isUpsert: Bool
    let scope: Scope
    let exampleLimit: Int

    /// - Parameter key: names of the key's columns, for the report.
    func run(table: String, key: [String]) throws -> SinkComparison {
        var result = SinkComparison(table: table, key: key)
        result.replayedCount = new.count
        for part in 0..<RowSpool.partCount {
            let (oldRows, newRows) = (try old.rows(part: part), try new.rows(part: part))
            if isUpsert { compareByKey(oldRows, newRows, &result) } else { compareBags(oldRows, newRows, &result) }
        }
        result.examples.sort { ($0.kind.rawValue, $0.key) < ($1.kind.rawValue, $1.key) }
        return result
    }

    /// Whether a row of the sink belongs to the replayed range; nil where that is not known.
    private func isInScope(_ row: RowSpool.Row) -> Bool? {
        guard row.marker != 0, let markers = scope.markers else { return scope.isWhole ? true : nil }
        return scope.isWhole ? row.marker <= markers.upperBound : markers.contains(row.marker)
    }

    // MARK: Rows by primary key

    private func compareByKey(_ oldRows: [RowSpool.Row], _ newRows: [RowSpool.Row], _ result: inout SinkComparison) {
        var old: [String: RowSpool.Row] = [:]
        for row in oldRows { old[row.key] = row.isDelete ? nil : row }
        var new: [String: (due: RowSpool.Row?, last: RowSpool.Row)] = [:]
        for row in newRows {
            let due = row.isFlushed ? new[row.key]?.due : row
            new[row.key] = (due, row)
        }
        for (key, row) in old where new[key] == nil {
            if isInScope(row) == true {
                result.comparedCount += 1
                result.onlyInOldCount += 1
                add(.onlyInOld, key, old: row, new: nil, &result)
            } else {
                result.outsideCount += 1
            }
        }
        for (key, candidates) in new {
            let stored = old[key]
            if let stored, let markers = scope.markers, stored.marker > markers.upperBound {
                // A later epoch has written over what the range left.
                result.outsideCount += 1
                continue
            }
            if stored != nil { result.comparedCount += 1 }
            compare(key, stored, candidates, &result)
        }
    }

    private func compare(
        _ key: String, _ stored: RowSpool.Row?, _ new: (due: RowSpool.Row?, last: RowSpool.Row),
        _ result: inout SinkComparison
    ) {
        func isEqual(_ row: RowSpool.Row?) -> Bool {
            guard let row, !row.isDelete else { return stored == nil }
            return stored?.row == row.row
        }
        if isEqual(new.due) || isEqual(new.last) {
            if stored != nil { result.equalCount += 1 }
            // What the running job will write later is no difference.
            if stored == nil, !new.last.isDelete, new.last.isFlushed { result.notDueCount += 1 }
            return
        }
        let shown = new.due ?? new.last
        switch (stored, shown.isDelete) {
        case (.some(let row), true):
            result.onlyInOldCount += 1
            add(.onlyInOld, key, old: row, new: nil, &result)
        case (.some(let row), false):
            result.changedCount += 1
            add(.changed, key, old: row, new: shown, &result)
        case (nil, _):
            result.onlyInNewCount += 1
            add(.onlyInNew, key, old: nil, new: shown, &result)
        }
    }

    // MARK: Rows that may repeat

    /// Rows of one key are counted against each other; what is left on both sides is paired as changed.
    private func compareBags(_ oldRows: [RowSpool.Row], _ newRows: [RowSpool.Row], _ result: inout SinkComparison) {
        var old: [String: [RowSpool.Row]] = [:]
        for row in oldRows { old[row.key, default: []].append(row) }
        var new: [String: [RowSpool.Row]] = [:]
        for row in newRows where !row.isDelete { new[row.key, default: []].append(row) }
        for (key, rows) in new {
            compareBag(key, old.removeValue(forKey: key) ?? [], rows, &result)
        }
        for (key, rows) in old { compareBag(key, rows, [], &result) }
    }

    private func compareBag(
        _ key: String, _ oldRows: [RowSpool.Row], _ newRows: [RowSpool.Row], _ result: inout SinkComparison
    ) {
        // Rows that are known to be of the range are matched first; those of unknown origin only help.
        var left = oldRows.filter { isInScope($0) == true } + oldRows.filter { isInScope($0) == nil }
        result.outsideCount += oldRows.count - left.count
        var unmatched: [RowSpool.Row] = []
        for row in newRows {
            if let index = left.firstIndex(where: { $0.row == row.row }) {
                left.remove(at: index)
                result.equalCount += 1
                result.comparedCount += 1
            } else {
                unmatched.append(row)
            }
        }
        let open = left.filter { isInScope($0) == true || (!result.key.isEmpty && !unmatched.isEmpty) }
        result.outsideCount += left.count - open.count
        result.comparedCount += open.count
        // Rows that are due count before those that only the end of the input brought out.
        unmatched.sort { !$0.isFlushed && $1.isFlushed }
        let pairCount = result.key.isEmpty ? 0 : min(open.count, unmatched.count)
        for index in 0..<pairCount {
            result.changedCount += 1
            add(.changed, key, old: open[index], new: unmatched[index], &result)
        }
        for row in open.dropFirst(pairCount) {
            guard isInScope(row) == true else {
                result.outsideCount += 1
                result.comparedCount -= 1
                continue
            }
            result.onlyInOldCount += 1
            add(.onlyInOld, key, old: row, new: nil, &result)
        }
        for row in unmatched.dropFirst(pairCount) {
            if row.isFlushed {
                result.notDueCount += 1
                continue
            }
            result.onlyInNewCount += 1
            add(.onlyInNew, key, old: nil, new: row, &result)
        }
    }

    private func add(
        _ kind: SinkComparison.Example.Kind, _ key: String, old: RowSpool.Row?, new: RowSpool.Row?,
        _ result: inout SinkComparison
    ) {
        guard result.examples.count(where: { $0.kind == kind }) < exampleLimit else { return }
        result.examples.append(
            SinkComparison.Example(
                kind: kind, key: key, old: old?.row, new: new?.row,
                epoch: old.flatMap { scope.epochs[$0.marker] }, origin: nil))
    }
}
