internal import Columnar
internal import Dataflow

/// Reads a test file; collects everything that is wrong with it.
struct TestFileReader {
    private(set) var file: TestFile
    private(set) var problems: [Problem] = []
    /// What the file says for all its cases.
    private var commonNow: Timestamp?
    private var commonPartitions: [String: Int] = [:]
    private var commonInput: [GivenRows] = []

    /// - Parameter name: for messages.
    init(_ text: String, name: String) {
        file = TestFile(name: name)
        do throws(YAMLReader.Failure) {
            guard let root = try YAMLReader.read(text) else {
                problems.append(Problem(nil, "the file is empty; it needs 'pipeline' and 'cases'"))
                return
            }
            readFile(root)
        } catch {
            problems.append(Problem(error.line, error.message))
        }
    }

    private mutating func readFile(_ root: YAMLValue) {
        var map = MapReader(root, "a test file")
        if let pipeline = map.text("pipeline") {
            file.pipeline = pipeline
        } else if map.entry("pipeline") == nil {
            map.problems.append(Problem(root.line, "'pipeline' is missing: the SQL file, relative to this one"))
        }
        for entry in map.map("environment") ?? [] {
            if case .scalar(let text, _) = entry.value.content {
                file.environment[entry.key] = entry.value.isNull ? "" : text
            } else {
                map.problems.append(Problem(entry.line, "the variable '\(entry.key)' must be text"))
            }
        }
        commonNow = now(&map)
        commonPartitions = partitions(&map)
        commonInput = rows(map.map("input") ?? [], &map)
        let cases = map.list("cases")
        if (cases ?? []).isEmpty { map.problems.append(Problem(root.line, "'cases' is missing: a list of them")) }
        problems += map.finished()
        for (index, item) in (cases ?? []).enumerated() { readCase(item, number: index + 1) }
        var names = Set<String>()
        for test in file.cases where !names.insert(test.name).inserted {
            problems.append(Problem(test.line, "two cases are called '\(test.name)'"))
        }
    }

    private mutating func readCase(_ value: YAMLValue, number: Int) {
        var map = MapReader(value, "a case")
        var test = TestCase(name: "case \(number)", line: value.line, now: commonNow ?? TestCase.defaultNow)
        if let name = map.text("name") {
            test.name = name
        } else if map.entry("name") == nil {
            map.problems.append(Problem(value.line, "the case has no 'name'"))
        }
        if let now = now(&map) { test.now = now }
        test.partitionCounts = commonPartitions.merging(partitions(&map)) { $1 }
        test.input = commonInput + rows(map.map("input") ?? [], &map)
        for step in map.list("steps") ?? [] { test.steps += steps(step, &map) }
        test.ends = map.flag("end-of-input") ?? true
        test.expectations = expectations(map.map("expect") ?? [], &map)
        for item in map.list("dead-letters") ?? [] {
            if let letter = deadLetter(item, &map) { test.deadLetters.append(letter) }
        }
        test.failure = map.text("fails")
        let expectsInSteps = test.steps.contains { if case .expect = $0 { true } else { false } }
        if test.expectations.isEmpty && !expectsInSteps && test.deadLetters.isEmpty && map.entry("fails") == nil {
            map.problems.append(
                Problem(value.line, "the case '\(test.name)' expects nothing: give 'expect', 'dead-letters' or 'fails'")
            )
        }
        problems += map.finished()
        file.cases.append(test)
    }

    // MARK: Parts

    private func now(_ map: inout MapReader) -> Timestamp? {
        guard let text = map.text("now"), let line = map.entry("now")?.line else { return nil }
        if let time = TimeOfRecord.parse(text) { return time }
        map.problems.append(
            Problem(line, "'now' is '\(text)'; write a time with its zone, such as 2026-01-01 20:00:00Z"))
        return nil
    }

    private func partitions(_ map: inout MapReader) -> [String: Int] {
        var counts: [String: Int] = [:]
        for entry in map.map("partitions") ?? [] {
            if let count = entry.value.text.flatMap({ Int($0) }),
                (1...GivenRecordMaker.maximumPartitionCount).contains(count)
            {
                counts[entry.key] = count
            } else {
                map.problems.append(
                    Problem(
                        entry.line,
                        "the number of partitions of '\(entry.key)' must be from 1 to "
                            + "\(GivenRecordMaker.maximumPartitionCount)"))
            }
        }
        return counts
    }

    private func rows(_ entries: [YAMLValue.Entry], _ map: inout MapReader) -> [GivenRows] {
        entries.map { entry in
            GivenRows(table: entry.key, line: entry.line, rows: map.items(entry, "the rows of '\(entry.key)'"))
        }
    }

    /// The steps that one item of the list means.
    private func steps(_ item: YAMLValue, _ map: inout MapReader) -> [TestCase.Step] {
        guard case .map(let entries) = item.content, !entries.isEmpty else {
            map.problems.append(
                Problem(
                    item.line,
                    "a step is a table with rows, or 'advance' with a duration, or 'expect' with tables, not \(item.kind)"
                ))
            return []
        }
        return entries.compactMap { entry in
            switch entry.key {
            case "advance":
                guard let text = entry.value.text, let duration = DurationText.parse(text),
                    text.contains(where: \.isLetter)
                else {
                    map.problems.append(Problem(entry.line, "'advance' takes \(DurationText.expectation)"))
                    return nil
                }
                return .advance(microseconds: duration.microseconds)
            case "expect":
                guard case .map(let tables) = entry.value.content else {
                    map.problems.append(Problem(entry.line, "'expect' takes a map of tables, not \(entry.value.kind)"))
                    return nil
                }
                return .expect(expectations(tables, &map))
            default:
                return .rows(
                    GivenRows(table: entry.key, line: entry.line, rows: map.items(entry, "the rows of '\(entry.key)'")))
            }
        }
    }

    private func expectations(_ entries: [YAMLValue.Entry], _ map: inout MapReader) -> [Expectation] {
        entries.map { entry in
            guard case .map = entry.value.content else {
                return Expectation(
                    table: entry.key, line: entry.line,
                    rows: .contents(map.items(entry, "the rows expected in '\(entry.key)'"), isOrdered: false))
            }
            var long = MapReader(entry.value, "what is expected of '\(entry.key)'")
            let rows = long.list("rows")
            let changes = long.list("changes")
            let isOrdered = long.flag("ordered") ?? false
            let ignored = long.list("ignore") ?? []
            if (rows == nil) == (changes == nil) {
                long.problems.append(Problem(entry.line, "give either 'rows' or 'changes' of '\(entry.key)'"))
            }
            map.problems += long.finished()
            return Expectation(
                table: entry.key, line: entry.line,
                rows: changes.map { .changes($0) } ?? .contents(rows ?? [], isOrdered: isOrdered), ignored: ignored)
        }
    }

    private func deadLetter(_ item: YAMLValue, _ map: inout MapReader) -> ExpectedDeadLetter? {
        // A reason alone is enough.
        if let reason = item.text { return ExpectedDeadLetter(line: item.line, values: [("reason", reason)]) }
        guard case .map(let entries) = item.content else {
            map.problems.append(Problem(item.line, "a dead letter is its reason, or a map, not \(item.kind)"))
            return nil
        }
        var values: [(name: String, text: String)] = []
        for entry in entries {
            guard let column = DeadLetterMatch.columns[entry.key] else {
                let known = DeadLetterMatch.columns.keys.sorted()
                map.problems.append(
                    Problem(
                        entry.line,
                        "dead letters have no '\(entry.key)'; known are \(known.joined(separator: ", "))"
                            + NearestName.hint(entry.key, in: known)))
                continue
            }
            switch entry.value.content {
            case .scalar(let text, _) where !entry.value.isNull: values.append((column, text))
            case .scalar: map.problems.append(Problem(entry.line, "'\(entry.key)' is empty"))
            case .list, .map: values.append((column, entry.value.json))
            }
        }
        return ExpectedDeadLetter(line: item.line, values: values)
    }
}
