internal import Columnar
internal import Dataflow
internal import Expressions

extension Binder {
    func bindJoin(_ syntax: TableReferenceSyntax.JoinSyntax, parallelism: Int?) throws(BindingErrors) -> Relation {
        guard case .table(let table) = syntax.right, let systemTime = table.systemTime else {
            throw fail(
                .unsupported, "a join without FOR SYSTEM_TIME AS OF is not supported yet", syntax.keywordRange,
                hint: "write JOIN <table> FOR SYSTEM_TIME AS OF <left time column> AS <alias> ON ...")
        }
        var collection = ErrorCollection()
        let left = collection.attempt { () throws(BindingErrors) in
            try bindFrom(syntax.left, parallelism: parallelism)
        }
        let right = collection.attempt { () throws(BindingErrors) in try bindTable(table) }
        try collection.check()
        guard let left, let right else { throw .alreadyReported }
        guard left.plan.changelog == .appendOnly else {
            throw fail(.unsupported, "a join of a stream of updates is not supported yet", syntax.keywordRange)
        }
        let binder = JoinBinder(binder: self, syntax: syntax, table: table, left: left, right: right)
        return try binder.bind(systemTime, parallelism: parallelism)
    }
}

/// One join FOR SYSTEM_TIME AS OF.
struct JoinBinder {
    let binder: Binder
    let syntax: TableReferenceSyntax.JoinSyntax
    let table: TableReferenceSyntax.TableSyntax
    let left: Relation
    let right: Relation

    private var isOuter: Bool { syntax.kind == .left }
    private var tableName: String { table.name.last.text }

    func bind(_ systemTime: ExpressionSyntax, parallelism: Int?) throws(BindingErrors) -> Relation {
        let scope = Scope(tables: left.scope.tables + right.scope.tables.map(asRightSide))
        var collection = ErrorCollection()
        let time = collection.attempt { () throws(BindingErrors) in try asOf(systemTime) }
        let condition = collection.attempt { () throws(BindingErrors) in
            try ExpressionBinder(source: binder.source, scope: scope).bindCondition(syntax.condition)
        }
        let side = time.flatMap { time in
            collection.attempt { () throws(BindingErrors) in try rightSide(asOf: time) }
        }
        try collection.check()
        guard let condition, let side else { throw .alreadyReported }
        let parts = JoinCondition(condition.folded(timeZone: binder.timeZone), leftCount: left.plan.columns.count)
        let plan = try join(side, parts, parallelism: parallelism)
        return Relation(plan: plan, scope: scope)
    }

    private func asRightSide(_ table: Scope.Table) -> Scope.Table {
        var table = table
        table.columns = table.columns.map { column in
            var column = column
            column.role = nil
            return isOuter ? column.asOuterSide() : column
        }
        return table
    }

    // MARK: AS OF

    /// The left side's time of which versions are taken.
    private enum AsOf {
        /// The event time at this position.
        case eventTime(Int)
        /// Whenever the left row is processed.
        case now
    }

    private func asOf(_ systemTime: ExpressionSyntax) throws(BindingErrors) -> AsOf {
        if case .call(let name, let arguments) = systemTime.kind, name.text.uppercased() == "PROCTIME",
            arguments.isEmpty
        {
            return .now
        }
        guard case .path(let path) = systemTime.kind else {
            throw binder.fail(
                .unsupported, "FOR SYSTEM_TIME AS OF an expression is not supported yet", systemTime.range,
                hint: "name an event-time or PROCTIME() column of the left side")
        }
        let index = try left.scope.resolve(path, binder.source)
        switch left.plan.columns[index].role {
        case .eventTime: return .eventTime(index)
        case .processingTime: return .now
        case .rowNumber, nil:
            let isTime = left.plan.columns[index].type.isTimestamp
            throw binder.fail(
                .invalidJoin, "'\(path)' is no time attribute of the left side", systemTime.range,
                hint: isTime
                    ? "declare WATERMARK FOR it in its table, and pass it on unchanged"
                    : "name a column that has a WATERMARK, or a PROCTIME() column")
        }
    }

    /// What is joined, and how.
    private struct RightSide {
        var strategy: LogicalPlan.Join.Strategy
        var plan: LogicalPlan
        /// What the condition has to cover; empty for a lookup, which takes what it gets.
        var keys: [Int]
    }

    private func rightSide(asOf time: AsOf) throws(BindingErrors) -> RightSide {
        if case .eventTime(let column) = time { return try versionedSide(leftTime: column) }
        if case .scan(let scan) = right.plan, scan.table.canLookup {
            return RightSide(strategy: .lookup, plan: right.plan, keys: [])
        }
        let side = try versionedSide(
            hint: "the rows of '\(tableName)' are kept by key: declare PRIMARY KEY (...) NOT ENFORCED")
        guard side.plan.unreadableTable == nil else {
            throw binder.fail(.invalidJoin, "table '\(tableName)' can neither be read nor looked up", table.name.range)
        }
        return RightSide(strategy: .current, plan: side.plan.withoutWatermarks(), keys: side.keys)
    }

    private func versionedSide(leftTime: Int) throws(BindingErrors) -> RightSide {
        if case .scan(let scan) = right.plan, scan.table.scan == nil {
            throw binder.fail(
                .invalidJoin, "table '\(tableName)' has no versions: it can only be looked up", table.name.range,
                hint: "join it FOR SYSTEM_TIME AS OF a PROCTIME() column")
        }
        let side = try versionedSide(
            hint: "a versioned table has PRIMARY KEY (...) NOT ENFORCED and a WATERMARK")
        guard let rightTime = side.time else {
            throw binder.fail(
                .invalidJoin, "'\(tableName)' has no event time, so that it has no versions", table.name.range,
                hint: "declare WATERMARK FOR <column> in its table, and pass the column on unchanged")
        }
        if side.keys.contains(rightTime) {
            throw binder.fail(
                .invalidJoin,
                "the event time of '\(tableName)' is part of its key, so that each key has one version only",
                table.name.range, hint: "leave it out of the primary key")
        }
        let types = (left.plan.columns[leftTime].type, side.plan.columns[rightTime].type)
        guard types.0 == types.1 else {
            throw binder.fail(
                .typeMismatch, "the event times have different types: \(types.0) on the left, \(types.1) on the right",
                table.systemTime?.range ?? table.range, hint: "declare both as \(types.0)")
        }
        return RightSide(
            strategy: .versioned(leftTime: leftTime, rightTime: rightTime), plan: side.plan, keys: side.keys)
    }

    private func versionedSide(hint: String) throws(BindingErrors) -> VersionedSide {
        do throws(VersionedSide.Obstacle) {
            return try VersionedSide(right.plan)
        } catch {
            switch error {
            case .noPrimaryKey(let name):
                throw binder.fail(
                    .invalidJoin, "'\(name)' has no primary key, so that it has no versions", table.name.range,
                    hint: hint)
            case .columnLost:
                throw binder.fail(
                    .invalidJoin, "view '\(tableName)' does not pass on all columns of the key", table.name.range)
            case .notATable:
                throw binder.fail(
                    .unsupported, "'\(tableName)' is neither a table nor a view of versions", table.name.range,
                    hint: hint)
            }
        }
    }

    // MARK: Putting together

    private func join(
        _ side: RightSide, _ condition: JoinCondition, parallelism: Int?
    ) throws(BindingErrors) -> LogicalPlan {
        var keys: [JoinCondition.Equality] = []
        var residual = condition.residual
        for equality in condition.equalities {
            let isWanted = side.keys.isEmpty || side.keys.contains(equality.right)
            if isWanted, !keys.contains(where: { $0.right == equality.right }) {
                keys.append(equality)
            } else {
                residual.append(equality.conjunct)
            }
        }
        try checkCoverage(side, keys)
        if !side.keys.isEmpty {
            keys.sort { (side.keys.firstIndex(of: $0.right) ?? 0) < (side.keys.firstIndex(of: $1.right) ?? 0) }
        }
        var builder = JoinBuilder(left: left.plan, right: side.plan, isOuter: isOuter)
        for key in keys {
            guard builder.add(key, isLookup: side.strategy == .lookup) else {
                throw binder.fail(
                    .typeMismatch,
                    "the key '\(side.plan.columns[key.right].name)' has the type \(side.plan.columns[key.right].type) "
                        + "and is compared as \(key.type)",
                    syntax.condition.range, hint: "CAST the left side to \(side.plan.columns[key.right].type)")
            }
        }
        return builder.build(
            side.strategy, residual: residual, parallelism: parallelism,
            places: WrittenPlaces([syntax.keywordRange.through(syntax.condition.range)]))
    }

    private func checkCoverage(
        _ side: RightSide, _ keys: [JoinCondition.Equality]
    ) throws(BindingErrors) {
        let missing = side.keys.filter { key in !keys.contains { $0.right == key } }
        if keys.isEmpty, side.keys.isEmpty {
            throw binder.fail(
                .invalidJoin, "the condition of a lookup must compare a column of '\(tableName)' with the left side",
                syntax.condition.range)
        }
        guard !missing.isEmpty else { return }
        let columns = side.plan.columns
        let names = missing.map { "'\(columns[$0].name)'" }.joined(separator: ", ")
        let all = side.keys.map { columns[$0].name }.joined(separator: ", ")
        throw binder.fail(
            .invalidJoin, "the condition must compare the whole key of '\(tableName)' (\(all)); missing: \(names)",
            syntax.condition.range)
    }
}

extension LogicalPlan {
    /// The plan with scans that do not take part in event time: the other side alone decides how far it is.
    fileprivate func withoutWatermarks() -> LogicalPlan {
        switch self {
        case .scan(var scan):
            scan.hasWatermark = false
            return .scan(scan)
        default: return mappingInputs { $0.withoutWatermarks() }
        }
    }
}
