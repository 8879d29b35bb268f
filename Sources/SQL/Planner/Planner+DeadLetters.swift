internal import Columnar
internal import Dataflow
internal import Expressions
internal import Operators

extension Planner {
    /// The declared table that takes what a source rejects: a name among the tables of the file.
    static let policyOption = "scan.on-error"
    static let deadLetterOption = "scan.dead-letter.table"

    /// Adds a sink for the rejected records of every source that names one. Returns what is wrong, by source table.
    mutating func addDeadLetters(_ tables: [String: BoundTable]) -> [(table: String, message: String, hint: String?)] {
        var problems: [(table: String, message: String, hint: String?)] = []
        for index in vertices.indices {
            guard case .source(let spec, _, _) = vertices[index].role else { continue }
            guard let name = spec.table.options[Self.deadLetterOption] else {
                if spec.table.options[Self.policyOption] == "dead-letter" {
                    problems.append(
                        (
                            spec.table.name, "table '\(spec.table.name)' has nowhere to put its dead letters",
                            "declare a table for them and set '\(Self.deadLetterOption)' to its name"
                        ))
                }
                continue
            }
            if let problem = addDeadLetters(of: index, spec, to: name, tables) {
                problems.append((spec.table.name, problem.message, problem.hint))
            }
        }
        return problems
    }

    private mutating func addDeadLetters(
        of source: Int, _ spec: SourceSpec, to name: String, _ tables: [String: BoundTable]
    ) -> (message: String, hint: String?)? {
        guard let table = tables[name] else {
            return (
                "'\(Self.deadLetterOption)' names an unknown table '\(name)'",
                NearestName.hint(for: name, among: tables.keys)
            )
        }
        guard table.sink != nil else { return ("the dead-letter table '\(name)' cannot be written to", nil) }
        var fields: [TableField] = []
        var positions: [Int] = []
        for column in table.columns where column.isPersisted {
            guard case .field(let field) = column.definition, column.sinkObstacle == nil,
                let position = DeadLetter.schema.index(of: column.plan.name)
            else {
                return (
                    "the dead-letter table '\(name)' has a column '\(column.plan.name)' that dead letters do not have",
                    NearestName.hint(for: column.plan.name, among: DeadLetter.schema.fields.map(\.name))
                        ?? "they have \(DeadLetter.schema.fields.map(\.name).joined(separator: ", "))"
                )
            }
            let given = DeadLetter.schema[position]
            guard given.type == table.definition.fields[field].type else {
                return (
                    "column '\(column.plan.name)' of the dead-letter table '\(name)' must be \(given.type)", nil
                )
            }
            fields.append(table.definition.fields[field])
            positions.append(position)
        }
        connect(source, spec, table, fields, positions)
        return nil
    }

    private mutating func connect(
        _ source: Int, _ spec: SourceSpec, _ table: BoundTable, _ fields: [TableField], _ positions: [Int]
    ) {
        let sink = SinkSpec(table: table.definition, fields: fields, changelog: .appendOnly)
        var edge = JobEdge(from: source, output: .deadLetters, partitioning: .forward)
        if positions != Array(0..<DeadLetter.schema.count) {
            let calc = CalcFactory(
                condition: nil, projections: positions.map { .column(DeadLetter.schema, $0) }, output: sink.schema,
                timeZone: timeZone)
            let vertex = add(
                "calc:dead-letters:\(spec.table.name)", .operator(calc), Inputs(edges: [[edge]]), sink.schema,
                parallelism: vertices[source].parallelism)
            edge = JobEdge(from: vertex, partitioning: .forward)
        }
        uses.append(TableUse(table: table.definition, role: .deadLetters))
        _ = add(
            "dead-letters:\(spec.table.name)", .sink(sink), Inputs(edges: [[edge]]), sink.schema,
            parallelism: table.options.sinkParallelism ?? vertices[source].parallelism)
    }
}
