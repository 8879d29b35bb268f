internal import Expressions

/// Rewrites plans to equal ones that cost less: constants computed once, filters early, one projection instead of
/// several, only the columns that are used, one scan of a table for the whole job.
struct Optimizer {
    /// The session's, for constants that depend on it.
    private let timeZone: SessionTimeZone

    /// Optimizes the inserts of a job together.
    static func optimize(_ inserts: [BoundInsert], timeZone: SessionTimeZone) -> [BoundInsert] {
        let optimizer = Optimizer(timeZone: timeZone)
        var inserts = inserts
        for index in inserts.indices {
            inserts[index].plan = optimizer.normalized(inserts[index].plan)
        }
        let columns = inserts.reduce(into: ScanColumns()) { columns, insert in
            columns.collect(insert.plan)
        }
        for index in inserts.indices {
            inserts[index].plan = ColumnPruning(scanColumns: columns).prune(inserts[index].plan).withoutIdentities()
        }
        return inserts
    }

    /// Inputs first, then the node itself until nothing applies.
    private func normalized(_ plan: LogicalPlan) -> LogicalPlan {
        let folded = plan.mappingInputs(normalized).foldingConstants(timeZone)
        switch folded {
        case .filter(let filter) where filter.deletesOthers: return pushedDeleting(filter)
        case .filter(let filter): return pushed(filter.condition.conjuncts, filter.places, into: filter.input)
        case .project(let project): return merged(project)
        case .join(var join):
            join.residual = join.residual?.folded(timeZone: timeZone)
            return .join(join)
        default: return folded
        }
    }

    // MARK: Projections

    /// A projection over a projection is one; over a UNION ALL it is one in each part.
    private func merged(_ project: LogicalPlan.Project) -> LogicalPlan {
        switch project.input {
        case .project(let inner):
            let items = project.items.map { item in
                LogicalPlan.Project.Item(
                    path: item.path,
                    expression: item.expression.substitutingColumns { inner.items[$0.index].expression }.folded(
                        timeZone: timeZone))
            }
            return merged(.init(input: inner.input, items: items, places: project.places + inner.places))
        case .union(let inputs):
            return .union(inputs.map { merged(.init(input: $0, items: project.items, places: project.places)) })
        default: return .project(project)
        }
    }

    // MARK: Filters

    /// `conjuncts` as early as they may be: below projections, in the parts of a UNION ALL, on the left side of a join.
    /// Never on the right side, where leaving out a version would let an older one match.
    private func pushed(
        _ conjuncts: [ScalarExpression], _ places: WrittenPlaces, into plan: LogicalPlan
    ) -> LogicalPlan {
        let conjuncts = conjuncts.filter { $0.literal?.value != .boolean(true) }
        guard !conjuncts.isEmpty else { return plan }
        switch plan {
        case .filter(let filter) where !filter.deletesOthers:
            return pushed(filter.condition.conjuncts + conjuncts, filter.places + places, into: filter.input)
        case .union(let inputs): return .union(inputs.map { pushed(conjuncts, places, into: $0) })
        case .project(let project):
            let moved = conjuncts.map { conjunct in
                conjunct.substitutingColumns { project.items[$0.index].expression }.folded(timeZone: timeZone)
            }
            let input = pushed(moved, places, into: project.input)
            return merged(.init(input: input, items: project.items, places: project.places))
        case .join(let join): return pushed(conjuncts, places, into: join)
        case .scan, .filter, .rowNumber, .latest: return filter(plan, conjuncts, places)
        }
    }

    private func pushed(
        _ conjuncts: [ScalarExpression], _ places: WrittenPlaces, into join: LogicalPlan.Join
    ) -> LogicalPlan {
        var join = join
        let leftCount = join.left.columns.count
        var leftSide: [ScalarExpression] = []
        var rest: [ScalarExpression] = []
        for conjunct in conjuncts {
            let isLeft = conjunct.referencedColumns.allSatisfy { join.output[$0] < leftCount }
            if isLeft, conjunct.isDeterministic {
                leftSide.append(conjunct.remappingColumns { join.output[$0] })
            } else {
                rest.append(conjunct)
            }
        }
        join.left = pushed(leftSide, places, into: join.left)
        return rest.isEmpty ? .join(join) : filter(.join(join), rest, places)
    }

    /// A filter that deletes stays a filter of its own, but goes below projections.
    private func pushedDeleting(_ filter: LogicalPlan.Filter) -> LogicalPlan {
        guard case .project(let project) = filter.input else { return .filter(filter) }
        var moved = filter
        moved.input = project.input
        moved.condition =
            filter.condition.substitutingColumns { project.items[$0.index].expression }.folded(timeZone: timeZone)
        return merged(.init(input: pushedDeleting(moved), items: project.items, places: project.places))
    }

    private func filter(
        _ plan: LogicalPlan, _ conjuncts: [ScalarExpression], _ places: WrittenPlaces
    ) -> LogicalPlan {
        .filter(
            .init(input: plan, condition: conjuncts.count == 1 ? conjuncts[0] : .and(conjuncts), places: places))
    }
}

extension LogicalPlan {
    fileprivate func foldingConstants(_ timeZone: SessionTimeZone) -> LogicalPlan {
        switch self {
        case .filter(var filter):
            filter.condition = filter.condition.folded(timeZone: timeZone)
            return .filter(filter)
        case .project(var project):
            for index in project.items.indices {
                project.items[index].expression = project.items[index].expression.folded(timeZone: timeZone)
            }
            return .project(project)
        default: return self
        }
    }

    /// Takes out projections that put out what they read, and lets a join put out what a projection of its columns
    /// chooses.
    fileprivate func withoutIdentities() -> LogicalPlan {
        let plan = mappingInputs { $0.withoutIdentities() }
        guard case .project(let project) = plan else { return plan }
        let sources = project.items.compactMap(\.expression.columnIndex)
        guard sources.count == project.items.count else { return plan }
        if sources == Array(project.input.columns.indices) { return project.input.written(at: project.places) }
        if case .join(var join) = project.input, Set(sources).count == sources.count {
            join.output = sources.map { join.output[$0] }
            join.outputPlaces = join.outputPlaces + project.places
            return .join(join)
        }
        return plan
    }
}
