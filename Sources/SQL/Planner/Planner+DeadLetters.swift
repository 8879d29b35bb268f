internal import Columnar
internal import Dataflow
internal import Expressions
internal import Operators

/// Something that is wrong with where dead letters go.
struct DeadLetterProblem {
    /// What a diagnostic points at.
    enum Place {
        case table(String)
        case setting(String)
    }

    var place: Place
    var message: String
    var hint: String?
}

extension Planner {
    static let scanPolicyOption = "scan.on-error"
    static let scanLimitOption = "scan.dead-letter.limit"
    /// The declared table that takes what a source rejects: a name among the tables of the file.
    static let deadLetterOption = "scan.dead-letter.table"
    static let sinkPolicyOption = "sink.on-error"
    static let sinkLimitOption = "sink.dead-letter.limit"
    static let sinkDeadLetterOption = "sink.dead-letter.table"
    static let policySetting = "millrace.on-error"
    static let deadLetterSetting = "millrace.dead-letter.table"

    // MARK: What the settings say for all tables

    /// The options of a scanned table, those completed that it leaves to the job's settings.
    func completedForScan(_ table: TableDefinition) -> TableDefinition {
        completed(table, policy: Self.scanPolicyOption, limit: Self.scanLimitOption)
    }

    /// The options of a written table, those completed that it leaves to the job's settings.
    func completedForSink(_ table: TableDefinition) -> TableDefinition {
        completed(table, policy: Self.sinkPolicyOption, limit: Self.sinkLimitOption)
    }

    private func completed(_ table: TableDefinition, policy: String, limit: String) -> TableDefinition {
        var table = table
        let known = optionNames[table.options["connector"] ?? ""] ?? []
        // Dead letters that cannot be processed have nowhere to go.
        guard table.name != settings.deadLetterTable else { return table }
        if let action = settings.onError, known.contains(policy), table.options[policy] == nil {
            table.options[policy] = action.rawValue
        }
        if let count = settings.deadLetterLimit, known.contains(limit), table.options[limit] == nil {
            table.options[limit] = String(count)
        }
        return table
    }

    /// The policy of a vertex that evaluates `expressions`.
    func errorPolicy(_ expressions: [ScalarExpression]) -> RowErrorPolicy {
        var policy = settings.errorPolicy
        if !expressions.contains(where: \.canFail) { policy.action = .fail }
        return policy
    }

    // MARK: Edges and sinks

    /// Adds sinks for what sources and operators reject. Returns what is wrong.
    mutating func addDeadLetters(_ tables: [String: BoundTable]) -> [DeadLetterProblem] {
        var problems: [DeadLetterProblem] = []
        var common: [Int] = []
        for index in vertices.indices {
            switch vertices[index].role {
            case .source(let spec, let transform, _):
                if let name = spec.table.options[Self.deadLetterOption] {
                    let place = DeadLetterProblem.Place.table(spec.table.name)
                    problems += connect([index], called: spec.table.name, to: name, place, tables)
                } else if spec.table.options[Self.scanPolicyOption] == RowErrorAction.deadLetter.rawValue {
                    if settings.deadLetterTable != nil {
                        common.append(index)
                    } else if settings.onError != .deadLetter {
                        problems.append(Self.nowhere(spec.table.name, Self.deadLetterOption))
                    }
                } else if transform?.errorPolicy.action == .deadLetter {
                    common.append(index)
                }
            case .operator(let factory):
                if factory.errorPolicy.action == .deadLetter { common.append(index) }
            case .sink(let spec):
                guard spec.table.options[Self.sinkPolicyOption] == RowErrorAction.deadLetter.rawValue else { break }
                if !handingOn.contains(index) {
                    problems += nameKeeper(of: index, spec, tables)
                } else if let name = spec.table.options[Self.sinkDeadLetterOption] {
                    let place = DeadLetterProblem.Place.table(spec.table.name)
                    problems += connect([index], called: spec.table.name, to: name, place, tables)
                } else if settings.deadLetterTable != nil {
                    common.append(index)
                } else if settings.onError != .deadLetter {
                    problems.append(Self.nowhere(spec.table.name, Self.sinkDeadLetterOption))
                }
            }
        }
        if let name = settings.deadLetterTable {
            if !common.isEmpty {
                problems += connect(common, called: name, to: name, .setting(Self.deadLetterSetting), tables)
            }
        } else if settings.onError == .deadLetter {
            problems.append(
                DeadLetterProblem(
                    place: .setting(Self.policySetting), message: "the job has nowhere to put its dead letters",
                    hint: "declare a table for them and SET '\(Self.deadLetterSetting)' to its name"))
        }
        trackOrigins()
        return problems
    }

    /// Where a sink keeps its dead letters itself, the name of a declared table of the same database stands for that table.
    private mutating func nameKeeper(
        of index: Int, _ spec: SinkSpec, _ tables: [String: BoundTable]
    ) -> [DeadLetterProblem] {
        let given = spec.table.options[Self.sinkDeadLetterOption]
        guard let name = given ?? settings.deadLetterTable, let table = tables[name]?.definition else { return [] }
        let isSameDatabase =
            table.options["connector"] == spec.table.options["connector"]
            && table.options["url"] == spec.table.options["url"]
        let isWhole = Set(DeadLetter.schema.fields.map(\.name)).isSubset(of: table.fields.map(\.name))
        guard isSameDatabase && isWhole else {
            if given == nil { return [] }
            let message =
                isSameDatabase
                ? "the dead-letter table '\(name)' must have all columns of dead letters"
                : "what table '\(spec.table.name)' refuses is kept in its own database, and '\(name)' is not there"
            return [DeadLetterProblem(place: .table(spec.table.name), message: message)]
        }
        var spec = spec
        spec.table.options[Self.sinkDeadLetterOption] = table.options["table-name"] ?? name
        vertices[index].role = .sink(spec)
        return []
    }

    private static func nowhere(_ table: String, _ option: String) -> DeadLetterProblem {
        DeadLetterProblem(
            place: .table(table), message: "table '\(table)' has nowhere to put its dead letters",
            hint: "declare a table for them and set '\(option)' to its name")
    }

    /// Sources say where rows come from, and joins remember it of those that wait, only where somebody may ask.
    private mutating func trackOrigins() {
        let isAsked = vertices.contains { vertex in
            switch vertex.role {
            case .source(_, let transform, _): transform?.errorPolicy.action == .deadLetter
            case .operator(let factory): factory.errorPolicy.action == .deadLetter
            case .sink(let spec): spec.table.options[Self.sinkPolicyOption] == RowErrorAction.deadLetter.rawValue
            }
        }
        guard isAsked else { return }
        for index in vertices.indices {
            switch vertices[index].role {
            case .source(var spec, let transform, let watermark):
                spec.tracksOrigins = true
                vertices[index].role = .source(spec, transform: transform, watermark: watermark)
            case .operator(let factory):
                guard var join = factory as? TemporalJoinFactory else { break }
                join.tracksOrigins = true
                vertices[index].role = .operator(join)
            case .sink: break
            }
        }
    }

    /// Hands the dead letters of some vertices to one sink. Returns what keeps it from being made.
    private mutating func connect(
        _ takers: [Int], called owner: String, to name: String, _ place: DeadLetterProblem.Place,
        _ tables: [String: BoundTable]
    ) -> [DeadLetterProblem] {
        let option =
            switch place {
            case .table: Self.deadLetterOption
            case .setting(let key): key
            }
        guard let table = tables[name] else {
            return [
                DeadLetterProblem(
                    place: place, message: "'\(option)' names an unknown table '\(name)'",
                    hint: NearestName.hint(for: name, among: tables.keys))
            ]
        }
        guard table.sink != nil else {
            return [
                DeadLetterProblem(place: place, message: "the dead-letter table '\(name)' cannot be written to")
            ]
        }
        var fields: [TableField] = []
        var positions: [Int] = []
        for column in table.columns where column.isPersisted {
            switch Self.field(of: column, in: table) {
            case .success(let (field, position)):
                fields.append(field)
                positions.append(position)
            case .failure(let mismatch):
                return [DeadLetterProblem(place: place, message: mismatch.message, hint: mismatch.hint)]
            }
        }
        add(takers, called: owner, table, fields, positions)
        return []
    }

    private struct Mismatch: Error {
        var message: String
        var hint: String?
    }

    /// A column of a dead-letter table, with its place in `DeadLetter.schema`.
    private static func field(
        of column: BoundTable.Column, in table: BoundTable
    ) -> Result<(TableField, Int), Mismatch> {
        guard case .field(let field) = column.definition, column.sinkObstacle == nil,
            let position = DeadLetter.schema.index(of: column.plan.name)
        else {
            let hint =
                NearestName.hint(for: column.plan.name, among: DeadLetter.schema.fields.map(\.name))
                ?? "they have \(DeadLetter.schema.fields.map(\.name).joined(separator: ", "))"
            return .failure(
                Mismatch(
                    message:
                        "the dead-letter table '\(table.name)' has a column '\(column.plan.name)' that dead letters "
                        + "do not have",
                    hint: hint))
        }
        let given = DeadLetter.schema[position]
        guard given.type == table.definition.fields[field].type else {
            return .failure(
                Mismatch(
                    message:
                        "column '\(column.plan.name)' of the dead-letter table '\(table.name)' must be \(given.type)"))
        }
        return .success((table.definition.fields[field], position))
    }

    private mutating func add(
        _ takers: [Int], called owner: String, _ table: BoundTable, _ fields: [TableField], _ positions: [Int]
    ) {
        let sink = SinkSpec(table: table.definition, fields: fields, changelog: .appendOnly, content: .deadLetters)
        var edges = takers.map { JobEdge(from: $0, output: .deadLetters, partitioning: .forward) }
        let parallelism = commonParallelism(takers)
        if positions != Array(0..<DeadLetter.schema.count) {
            let calc = CalcFactory(
                condition: nil, projections: positions.map { .column(DeadLetter.schema, $0) }, output: sink.schema,
                timeZone: timeZone)
            let vertex = add(
                "calc:dead-letters:\(owner)", .operator(calc), Inputs(edges: [edges]), sink.schema,
                parallelism: parallelism)
            edges = [JobEdge(from: vertex, partitioning: .forward)]
        }
        uses.append(TableUse(table: table.definition, role: .deadLetters))
        _ = add(
            "dead-letters:\(owner)", .sink(sink), Inputs(edges: [edges]), sink.schema,
            parallelism: table.options.sinkParallelism ?? parallelism)
    }
}
