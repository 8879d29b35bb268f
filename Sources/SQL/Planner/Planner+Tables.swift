internal import Columnar
internal import Dataflow
internal import Expressions
internal import Operators

extension Planner {
    static let defaultIdleTimeout = Duration.seconds(1)
    static let defaultMaximumDrift = Duration.seconds(30)
    /// What an idle time-out of zero, which in Flink means never, comes to.
    private static let never = Duration.seconds(100 * 366 * 86_400)

    // MARK: Sources

    /// The vertex of a scan: its fields, computed columns, event time.
    mutating func addSource(_ scan: LogicalPlan.Scan) -> Int {
        let table = scan.table
        let (fields, transform) = fields(of: scan)
        let spec = SourceSpec(table: completedForScan(table.definition), fields: fields)
        let schema = Schema(scan.columnIndices.map { table.columns[$0].plan.field })
        uses.append(TableUse(table: table.definition, role: .source))
        return add(
            "source:\(table.name)", .source(spec, transform: transform, watermark: watermark(of: scan)), .none, schema,
            parallelism: table.options.scanParallelism)
    }

    /// The fields to read, in their order, and what makes the columns of them where they are not the columns as they
    /// are.
    private func fields(of scan: LogicalPlan.Scan) -> (fields: [TableField], transform: CalcFactory?) {
        let table = scan.table
        let direct = scan.columnIndices.compactMap { table.field(ofColumn: $0) }
        if direct.count == scan.columnIndices.count { return (direct, nil) }
        let expressions = scan.columnIndices.map { table.expression(ofColumn: $0) }
        var used = expressions.reduce(into: Set<Int>()) { $0.formUnion($1.referencedColumns) }
        if used.isEmpty { used = [0] }
        let order = used.sorted()
        let positions = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
        let calc = CalcFactory(
            condition: nil, projections: expressions.map { $0.remappingColumns { positions[$0] ?? $0 } },
            output: Schema(scan.columnIndices.map { table.columns[$0].plan.field }), timeZone: timeZone,
            errorPolicy: errorPolicy(expressions))
        return (order.map { table.definition.fields[$0] }, calc)
    }

    private func watermark(of scan: LogicalPlan.Scan) -> WatermarkStrategy? {
        guard scan.hasWatermark, let watermark = scan.table.watermark,
            let column = scan.columnIndices.firstIndex(of: watermark.column)
        else { return nil }
        let options = scan.table.options
        let ahead = options.maximumAhead?.microseconds ?? WatermarkStrategy.defaultMaximumAheadMicroseconds
        let idle = options.idleTimeout ?? settings.sourceIdleTimeout ?? Self.defaultIdleTimeout
        return WatermarkStrategy(
            column: column, delayMicroseconds: watermark.delayMicroseconds,
            idleTimeoutMilliseconds: Int((idle == .zero ? Self.never : idle).milliseconds),
            maximumDriftMicroseconds: (options.maximumDrift ?? Self.defaultMaximumDrift).microseconds,
            maximumAheadMicroseconds: ahead == 0 ? nil : ahead)
    }

    // MARK: Sinks

    mutating func addSink(_ insert: BoundInsert) {
        let upstream = plan(insert.plan)
        let definition = completedForSink(insert.table.definition)
        let changelog = insert.plan.changelog
        let spec = SinkSpec(
            table: definition, fields: insert.fields.map { definition.fields[$0] }, changelog: changelog.mode)
        uses.append(TableUse(table: definition, role: .sink))
        let parallelism = insert.table.options.sinkParallelism
        // Rows of one key must not overtake each other on their way to other subtasks.
        let key = insert.keyPositions
        let partitioning: Partitioning = parallelism == nil || key.isEmpty ? .forward : .hash(columns: key)
        let vertex = add(
            "sink:\(definition.name)", .sink(spec), .one(upstream, partitioning), spec.schema,
            parallelism: parallelism ?? commonParallelism(upstream))
        places[vertex, default: []] += insert.places.ranges
        if insert.table.handsOnDeadLetters { handingOn.insert(vertex) }
    }
}

extension BoundInsert {
    /// Where the plan has the columns of the table's primary key; empty when it has none, or not all are written.
    fileprivate var keyPositions: [Int] {
        let positions = table.primaryKey.compactMap { column in
            fields.firstIndex { table.columns[column].definition == .field($0) }
        }
        return positions.count == table.primaryKey.count ? positions : []
    }
}

extension BoundTable {
    /// A column over the fields of the definition.
    fileprivate func expression(ofColumn column: Int) -> ScalarExpression {
        switch columns[column].definition {
        case .field(let field): definition.reference(field)
        case .computed(let expression): expression
        case .none: preconditionFailure("column \(columns[column].plan.name) of \(name) has no value")
        }
    }
}
