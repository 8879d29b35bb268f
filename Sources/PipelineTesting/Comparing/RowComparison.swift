internal import Dataflow

/// Compares rows that came out with those that were expected.
struct RowComparison {
    /// Beyond so many pairs of rows, rows that differ are not paired.
    static let maximumPairCount = 1_000_000

    private let expectation: PlannedExpectation
    private let names: [String]
    /// Positions of the columns by which rows replace each other.
    private let key: [Int]

    /// A row on one of the sides, with what is compared of it.
    private struct Row: Hashable {
        var isDelete: Bool
        var texts: [String]
        /// Columns that are compared: of a deletion those of the key.
        var columns: [Int]

        var compared: [String] { columns.map { texts[$0] } + [isDelete ? "-" : "+"] }
    }

    init(_ expectation: PlannedExpectation, _ target: PipelineTables.Target) {
        self.expectation = expectation
        names = target.fields.map { $0.path.joined(separator: ".") }
        key = target.key.compactMap { name in target.fields.firstIndex { $0.name == name } }
    }

    /// - Parameters:
    ///   - rows: every change of the table so far.
    ///   - start: how many of them an earlier step has looked at; does not matter to what a table by key holds.
    func compare(_ rows: [CapturedTable.Row], from start: Int) -> TableComparison {
        let came =
            expectation.mode == .changes || key.isEmpty
            ? rows.dropFirst(start).map { row($0.texts, isDelete: $0.isDelete) } : contents(rows)
        let expected = expectation.rows.map { row($0.texts, isDelete: $0.isDelete) }
        let differences =
            expectation.mode == .anyOrder ? unordered(expected, came) : ordered(expected, came)
        return TableComparison(
            subject: expectation.table, line: expectation.line, expectedCount: expected.count, actualCount: came.count,
            differences: differences)
    }

    private func row(_ texts: [String], isDelete: Bool) -> Row {
        Row(
            isDelete: isDelete, texts: texts,
            columns: isDelete && !key.isEmpty ? key.filter(expectation.compared.contains) : expectation.compared)
    }

    /// What a table by key holds after some changes, in the order in which its keys came.
    private func contents(_ changes: [CapturedTable.Row]) -> [Row] {
        var order: [[String]] = []
        var held: [[String]: [String]] = [:]
        for change in changes {
            let key = key.map { change.texts[$0] }
            if change.isDelete {
                held[key] = nil
                order.removeAll { $0 == key }
            } else {
                if held.updateValue(change.texts, forKey: key) == nil { order.append(key) }
            }
        }
        return order.compactMap { held[$0] }.map { row($0, isDelete: false) }
    }

    // MARK: Differences

    private func unordered(_ expected: [Row], _ came: [Row]) -> [RowDifference] {
        var open: [[String]: [Int]] = [:]
        for (index, row) in came.enumerated().reversed() { open[row.compared, default: []].append(index) }
        var missing: [Int] = []
        for (index, row) in expected.enumerated() where open[row.compared]?.popLast() == nil { missing.append(index) }
        let unexpected = open.values.joined().sorted()
        return differences(expected, came, missing: missing, unexpected: unexpected)
    }

    private func ordered(_ expected: [Row], _ came: [Row]) -> [RowDifference] {
        let changes = came.map(\.compared).difference(from: expected.map(\.compared))
        var missing: [Int] = []
        var unexpected: [Int] = []
        for change in changes {
            switch change {
            case .remove(let offset, _, _): missing.append(offset)
            case .insert(let offset, _, _): unexpected.append(offset)
            }
        }
        // A row that is only elsewhere is neither missing nor new.
        var misplaced: [RowDifference] = []
        for index in missing.sorted() {
            guard let other = unexpected.first(where: { came[$0].compared == expected[index].compared }) else {
                continue
            }
            missing.removeAll { $0 == index }
            unexpected.removeAll { $0 == other }
            misplaced.append(.misplaced(line: expectation.rows[index].line, row: text(expected[index])))
        }
        return differences(expected, came, missing: missing.sorted(), unexpected: unexpected.sorted()) + misplaced
    }

    /// Pairs missing rows with unexpected ones that are alike: of one key, or with at least half of the columns equal.
    private func differences(
        _ expected: [Row], _ came: [Row], missing: [Int], unexpected: [Int]
    ) -> [RowDifference] {
        var left = unexpected
        var result: [RowDifference] = []
        let isPairing = missing.count * unexpected.count <= Self.maximumPairCount
        for index in missing {
            let row = expected[index]
            let line = expectation.rows[index].line
            guard isPairing, let position = nearest(to: row, among: left.map { came[$0] }) else {
                result.append(.missing(line: line, row: text(row)))
                continue
            }
            let other = came[left.remove(at: position)]
            let fields = row.columns.filter { row.texts[$0] != other.texts[$0] }.map { column in
                RowDifference.Field(column: names[column], expected: row.texts[column], actual: other.texts[column])
            }
            result.append(.differing(line: line, row: text(row), fields: fields))
        }
        return result + left.map { .unexpected(row: text(came[$0])) }
    }

    private func nearest(to row: Row, among candidates: [Row]) -> Int? {
        let identifying = key.filter(row.columns.contains)
        var best: (position: Int, score: Int)?
        for (position, candidate) in candidates.enumerated() where candidate.isDelete == row.isDelete {
            let score = row.columns.count { row.texts[$0] == candidate.texts[$0] }
            let isAlike =
                identifying.isEmpty
                ? score * 2 >= row.columns.count && score > 0
                : identifying.allSatisfy { row.texts[$0] == candidate.texts[$0] }
            if isAlike && score > best?.score ?? -1 { best = (position, score) }
        }
        return best?.position
    }

    private func text(_ row: Row) -> String {
        let columns = row.columns.map { "\(names[$0]): \(row.texts[$0])" } + (row.isDelete ? ["$delete: true"] : [])
        return "{" + columns.joined(separator: ", ") + "}"
    }
}
