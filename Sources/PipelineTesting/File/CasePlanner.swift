internal import Columnar
internal import Dataflow
internal import KafkaConnector

/// Holds the cases of a file against the tables of its pipeline; collects everything that does not fit.
struct CasePlanner {
    private let tables: PipelineTables
    private let makers: [String: GivenRecordMaker]
    private(set) var problems: [Problem] = []

    init(_ tables: PipelineTables) {
        self.tables = tables
        makers = tables.sources.mapValues { GivenRecordMaker($0.table, $0.layout) }
    }

    mutating func plan(_ test: TestCase) throws -> PlannedCase {
        var counts = test.partitionCounts
        for (table, _) in counts where tables.sources[table] == nil {
            problems.append(Problem(test.line, unknown(table, "partitions are given of")))
        }
        let input = try test.input.flatMap { try deliveries($0) }
        var steps: [PlannedCase.Step] = []
        for step in test.steps {
            switch step {
            case .rows(let rows): steps.append(.deliver(try deliveries(rows)))
            case .advance(let microseconds): steps.append(.advance(microseconds: microseconds))
            case .expect(let expectations): steps.append(.expect(try expectations.compactMap { try plan($0) }))
            }
        }
        let all =
            input
            + steps.flatMap { step -> [PlannedCase.Delivery] in
                if case .deliver(let deliveries) = step { deliveries } else { [] }
            }
        for case .record(let table, let record) in all {
            let partition = Int(record.partition)
            if let fixed = test.partitionCounts[table] {
                guard partition >= fixed else { continue }
                problems.append(
                    Problem(test.line, "a row of '\(table)' is in partition \(partition), but it has \(fixed)"))
            } else {
                counts[table] = max(counts[table] ?? 1, partition + 1)
            }
        }
        return PlannedCase(
            name: test.name, line: test.line, now: test.now, partitionCounts: counts, input: input, steps: steps,
            ends: test.ends, expectations: try test.expectations.compactMap { try plan($0) },
            deadLetters: test.deadLetters, failure: test.failure)
    }

    // MARK: What comes in

    private mutating func deliveries(_ given: GivenRows) throws -> [PlannedCase.Delivery] {
        var result: [PlannedCase.Delivery] = []
        if let maker = makers[given.table] {
            for row in given.rows {
                var found: [Problem] = []
                let record = maker.record(row, &found)
                problems += found
                result.append(.record(table: given.table, record))
            }
        }
        if let table = tables.lookups[given.table] {
            result += try given.rows.compactMap { try lookupDelivery($0, table) }
        }
        if makers[given.table] == nil && tables.lookups[given.table] == nil {
            problems.append(Problem(given.line, unknown(given.table, "rows are given to")))
        }
        return result
    }

    private mutating func lookupDelivery(
        _ row: YAMLValue, _ table: TableDefinition
    ) throws -> PlannedCase.Delivery? {
        guard case .map(var entries) = row.content else {
            problems.append(Problem(row.line, "a row of '\(table.name)' is a map of columns, not \(row.kind)"))
            return nil
        }
        let isDelete = takeDelete(&entries)
        let found = ColumnNames(table.fields, table: table.name).problems(entries)
        problems += found
        guard found.isEmpty else { return nil }
        let json = YAMLValue(content: .map(entries), line: row.line).json
        let texts = try RowTexts(table.fields)
        switch texts.texts(ofJSON: json) {
        case .failure(let failure):
            problems.append(Problem(row.line, failure.message))
            return nil
        case .success(let values):
            let positions = table.primaryKey.compactMap { key in table.fields.firstIndex { $0.name == key } }
            let key = positions.map { values[$0] }
            if isDelete {
                if key.isEmpty {
                    problems.append(Problem(row.line, "'$delete' needs a primary key, which '\(table.name)' lacks"))
                }
                return .lookupDelete(table: table.name, key: key)
            }
            return .lookupRow(table: table.name, .init(json: json, key: key.isEmpty ? nil : key))
        }
    }

    private mutating func takeDelete(_ entries: inout [YAMLValue.Entry]) -> Bool {
        guard let index = entries.firstIndex(where: { $0.key == "$delete" }) else { return false }
        let entry = entries.remove(at: index)
        if let flag = entry.value.flag { return flag }
        problems.append(Problem(entry.line, "'$delete' takes true"))
        return false
    }

    private func unknown(_ table: String, _ what: String) -> String {
        let known = Set(tables.sources.keys).union(tables.lookups.keys).sorted()
        return "\(what) '\(table)', which the pipeline does not read; it reads \(known.joined(separator: ", "))"
            + NearestName.hint(table, in: known)
    }

    // MARK: What must come out

    private mutating func plan(_ expectation: Expectation) throws -> PlannedExpectation? {
        guard let target = tables.targets[expectation.table] else {
            let known = tables.targets.keys.sorted()
            problems.append(
                Problem(
                    expectation.line,
                    "the pipeline does not write '\(expectation.table)'; it writes \(known.joined(separator: ", "))"
                        + NearestName.hint(expectation.table, in: known)))
            return nil
        }
        let names = target.fields.map { $0.path.joined(separator: ".") }
        var compared = Array(target.fields.indices)
        for column in expectation.ignored {
            if let index = names.firstIndex(of: column.text ?? "") {
                compared.removeAll { $0 == index }
            } else {
                problems.append(
                    Problem(
                        column.line,
                        "'\(expectation.table)' has no column '\(column.text ?? "")'"
                            + NearestName.hint(column.text ?? "", in: names)))
            }
        }
        let (values, mode): ([YAMLValue], PlannedExpectation.Mode) =
            switch expectation.rows {
            case .contents(let rows, let isOrdered): (rows, isOrdered ? .inOrder : .anyOrder)
            case .changes(let rows): (rows, .changes)
            }
        let texts = try RowTexts(target.fields)
        let known = ColumnNames(target.fields, table: expectation.table)
        let rows = values.compactMap { row($0, mode, target, known, texts) }
        return PlannedExpectation(
            table: expectation.table, line: expectation.line, mode: mode, rows: rows, compared: compared)
    }

    private mutating func row(
        _ value: YAMLValue, _ mode: PlannedExpectation.Mode, _ target: PipelineTables.Target, _ names: ColumnNames,
        _ texts: RowTexts
    ) -> PlannedExpectation.Row? {
        var isDelete = false
        let json: String
        switch value.content {
        case .map(var entries):
            isDelete = takeDelete(&entries)
            let found = names.problems(entries)
            problems += found
            guard found.isEmpty else { return nil }
            json = YAMLValue(content: .map(entries), line: value.line).json
        case .scalar(let text, _) where !value.isNull: json = text
        default:
            problems.append(Problem(value.line, "an expected row is a map of columns, not \(value.kind)"))
            return nil
        }
        if isDelete && (mode != .changes || target.key.isEmpty) {
            problems.append(
                Problem(value.line, "'$delete' is for the 'changes' of a table that is written by primary key"))
        }
        switch texts.texts(ofJSON: json) {
        case .success(let texts): return PlannedExpectation.Row(line: value.line, isDelete: isDelete, texts: texts)
        case .failure(let failure):
            problems.append(Problem(value.line, failure.message))
            return nil
        }
    }
}
