internal import Columnar
internal import Dataflow
internal import Expressions
internal import Operators

/// Optimized plans to the graph of one job. Equal plans become one vertex, so that inserts share it.
struct Planner {
    let settings: JobSettings
    let timeZone: SessionTimeZone
    /// What each connector knows, by its name.
    let optionNames: [String: Set<String>]
    var vertices: [JobVertex] = []
    var uses: [TableUse] = []
    /// Where each vertex is written, by its number.
    var places: [Int: [SourceRange]] = [:]
    /// The vertices whose rows together are those of a plan.
    private var planned: [LogicalPlan: [Int]] = [:]
    private var uids = Set<String>()
    /// The tables of sinks that hand their dead letters on, by vertex.
    var handingOn: Set<Int> = []
    /// By which columns a vertex's rows came to their subtask, where they came by a hash.
    private var hashedBy: [Int: [Int]] = [:]

    init(settings: JobSettings, timeZone: SessionTimeZone, optionNames: [String: Set<String>]) {
        self.settings = settings
        self.timeZone = timeZone
        self.optionNames = optionNames
    }

    // MARK: Nodes

    /// The vertices that put out the rows of `plan`: one, or those of the parts of a UNION ALL.
    mutating func plan(_ plan: LogicalPlan) -> [Int] {
        if let done = planned[plan] {
            note(plan, done)
            return done
        }
        let made: [Int] =
            switch plan {
            case .scan(let scan): [addSource(scan)]
            case .filter, .project: [addCalc(plan)]
            case .join(let join): [addJoin(join)]
            case .union(let inputs): inputs.flatMap { self.plan($0) }
            case .rowNumber, .latest: preconditionFailure("a plan that cannot be run passed the binder: \(plan)")
            }
        planned[plan] = made
        note(plan, made)
        return made
    }

    /// Keeps where the step is written that these vertices are.
    private mutating func note(_ plan: LogicalPlan, _ made: [Int]) {
        var written: [SourceRange] = []
        switch plan {
        case .scan(let scan): written = scan.places.ranges
        case .filter(let filter): written = filter.places.ranges
        case .project(let project):
            written = project.places.ranges
            var input = project.input
            if case .filter(let filter) = input {
                written += filter.places.ranges
                input = filter.input
            }
            if case .join(let join) = input { written += join.outputPlaces.ranges }
        case .join(let join):
            // A join that chooses columns is the vertex of that choice, before which the join itself has been planned.
            let isWhole = join.output == Array(join.candidates.indices)
            written = isWhole ? join.places.ranges + join.outputPlaces.ranges : join.outputPlaces.ranges
        case .union, .rowNumber, .latest: break
        }
        for vertex in made { places[vertex, default: []] += written }
    }

    /// A projection over a filter, or one of them alone, as one operator.
    private mutating func addCalc(_ plan: LogicalPlan) -> Int {
        var input = plan
        var items: [LogicalPlan.Project.Item]?
        var condition: ScalarExpression?
        if case .project(let project) = input {
            items = project.items
            input = project.input
        }
        var failing = CalcFactory.FailingRows.leftOut
        if case .filter(let filter) = input {
            condition = filter.condition
            failing = filter.deletesOthers ? .deleted : .leftOut
            input = filter.input
        }
        if case .join(var join) = input, join.output != Array(join.candidates.indices) {
            // The join's own choice of columns and this one are one projection.
            let output = join.output
            let columns = input.columns
            let chosen =
                items
                ?? columns.enumerated().map { .init(path: $1.path, expression: $1.reference(at: $0)) }
            items = chosen.map { .init(path: $0.path, expression: $0.expression.remappingColumns { output[$0] }) }
            condition = condition?.remappingColumns { output[$0] }
            join.output = Array(join.candidates.indices)
            join.outputPlaces = WrittenPlaces()
            input = .join(join)
        }
        let upstream = self.plan(input)
        let schema = plan.schema
        let factory = CalcFactory(
            condition: condition, failing: failing, projections: items?.map(\.expression), output: schema,
            timeZone: timeZone,
            errorPolicy: errorPolicy((condition.map { [$0] } ?? []) + (items?.map(\.expression) ?? [])))
        let vertex = add(
            "calc:\(upstream.map { vertices[$0].uid }.joined(separator: "+"))", .operator(factory), .one(upstream),
            schema, parallelism: commonParallelism(upstream))
        if upstream.count == 1, let keys = hashedBy[upstream[0]] {
            let sources = items?.map { $0.expression.columnIndex ?? -1 } ?? Array(schema.fields.indices)
            let kept = keys.compactMap { sources.firstIndex(of: $0) }
            if kept.count == keys.count { hashedBy[vertex] = kept }
        }
        return vertex
    }

    // MARK: Joins

    private mutating func addJoin(_ join: LogicalPlan.Join) -> Int {
        let all = Array(join.candidates.indices)
        if join.output != all {
            let items = join.output.map { position in
                LogicalPlan.Project.Item(
                    path: join.candidates[position].path,
                    expression: join.candidates[position].reference(at: position))
            }
            var whole = join
            whole.output = all
            whole.outputPlaces = WrittenPlaces()
            return plan(.project(.init(input: .join(whole), items: items)))[0]
        }
        switch join.strategy {
        case .versioned(let leftTime, let rightTime):
            let factory = TemporalJoinFactory(
                join: spec(join, join.right.schema), leftTime: leftTime, rightTime: rightTime,
                retentionMicroseconds: settings.temporalJoinRetention.microseconds)
            return addKeyed(join, "temporal-join", factory, factory.outputSchema)
        case .current:
            let factory = KeyedEnrichmentFactory(join: spec(join, join.right.schema))
            return addKeyed(join, "keyed-enrichment", factory, factory.outputSchema)
        case .lookup: return addLookup(join)
        }
    }

    private func spec(_ join: LogicalPlan.Join, _ right: Schema) -> JoinSpec {
        JoinSpec(
            kind: join.isOuter ? .left : .inner, left: join.left.schema, right: right, leftKeys: join.leftKeys,
            rightKeys: join.rightKeys, residual: join.residual, timeZone: timeZone,
            errorPolicy: errorPolicy(join.residual.map { [$0] } ?? []))
    }

    private mutating func addKeyed(
        _ join: LogicalPlan.Join, _ kind: String, _ factory: any OperatorFactory, _ schema: Schema
    ) -> Int {
        let upstream = plan(join.left)
        // Rows that are in the right subtask already stay there.
        let isInPlace =
            upstream.count == 1 && hashedBy[upstream[0]] == join.leftKeys
            && vertices[upstream[0]].parallelism == join.parallelism
        let left = Inputs.one(upstream, isInPlace ? .forward : .hash(columns: join.leftKeys))
        let right = Inputs.one(plan(join.right), .hash(columns: join.rightKeys))
        let vertex = add(
            "\(kind):\(join.left.tableNames) with \(join.right.tableNames)", .operator(factory),
            Inputs(edges: left.edges + right.edges), schema, parallelism: join.parallelism)
        hashedBy[vertex] = join.leftKeys
        return vertex
    }

    private mutating func addLookup(_ join: LogicalPlan.Join) -> Int {
        guard case .scan(let scan) = join.right else {
            preconditionFailure("the right side of a lookup is no table: \(join.right)")
        }
        let fields = scan.columnIndices.compactMap { scan.table.field(ofColumn: $0) }
        let lookup = LookupSpec(
            table: scan.table.definition, keys: join.rightKeys.map { fields[$0].name }, fields: fields)
        uses.append(TableUse(table: scan.table.definition, role: .lookup))
        let factory = LookupJoinFactory(join: spec(join, lookup.schema), lookup: lookup)
        let left = plan(join.left)
        let parallelism = join.parallelism ?? commonParallelism(left)
        let vertex = add(
            "lookup-join:\(join.left.tableNames) with \(scan.table.name)", .operator(factory), .one(left),
            factory.outputSchema, parallelism: parallelism)
        if left.count == 1, vertices[left[0]].parallelism == parallelism { hashedBy[vertex] = hashedBy[left[0]] }
        return vertex
    }

    // MARK: Vertices

    /// What a vertex reads: the edges of each of its input numbers.
    struct Inputs {
        var edges: [[JobEdge]] = []

        static let none = Inputs()

        static func one(_ upstream: [Int], _ partitioning: Partitioning = .forward) -> Inputs {
            Inputs(edges: [upstream.map { JobEdge(from: $0, partitioning: partitioning) }])
        }
    }

    /// Adds a vertex, called by its uid; of the same uid the later ones get a number.
    mutating func add(
        _ uid: String, _ role: JobVertex.Role, _ inputs: Inputs, _ schema: Schema, parallelism: Int?
    ) -> Int {
        var unique = uid
        var number = 2
        while !uids.insert(unique).inserted {
            unique = "\(uid)#\(number)"
            number += 1
        }
        vertices.append(
            JobVertex(
                uid: unique, name: unique.replacing(":", with: " "), role: role, inputs: inputs.edges.flatMap(\.self),
                inputNumbers: inputs.edges.enumerated().flatMap { number, edges in edges.map { _ in number } },
                outputSchema: schema, parallelism: parallelism))
        return vertices.count - 1
    }

    /// The parallelism that all of them have been given, so that rows stay in their subtask.
    func commonParallelism(_ indices: [Int]) -> Int? {
        guard let first = indices.first, indices.allSatisfy({ vertices[$0].parallelism == vertices[first].parallelism })
        else { return nil }
        return vertices[first].parallelism
    }
}

extension LogicalPlan {
    /// The scanned tables, for names.
    fileprivate var tableNames: String {
        if case .scan(let scan) = self { return scan.table.name }
        return inputs.map(\.tableNames).joined(separator: ", ")
    }
}

extension BoundTable {
    /// The field that a column is, with the nullability that the column has; nil for a computed one.
    func field(ofColumn column: Int) -> TableField? {
        guard case .field(let index) = columns[column].definition else { return nil }
        return definition.fields[index]
    }
}
