extension ScalarExpression {
    /// The direct operands, in the order in which they are evaluated.
    package var children: [ScalarExpression] {
        switch self {
        case .column, .literal: []
        case .call(let call): call.arguments
        case .conditional(let conditional):
            conditional.branches.flatMap { [$0.condition, $0.result] } + [conditional.otherwise]
        case .coalesce(let operands), .and(let operands), .or(let operands): operands
        case .cast(let operand, _, _), .not(let operand), .inList(let operand, _): [operand]
        }
    }

    /// The same expression with each direct operand replaced.
    package func mappingChildren<E: Error>(
        _ transform: (ScalarExpression) throws(E) -> ScalarExpression
    ) throws(E) -> ScalarExpression {
        switch self {
        case .column, .literal: return self
        case .call(var call):
            call.arguments = try call.arguments.map(transform)
            return .call(call)
        case .conditional(let conditional):
            let branches = try conditional.branches.map { (branch) throws(E) in
                Conditional.Branch(try transform(branch.condition), try transform(branch.result))
            }
            return .conditional(Conditional(branches: branches, otherwise: try transform(conditional.otherwise)))
        case .coalesce(let operands): return .coalesce(try operands.map(transform))
        case .and(let operands): return .and(try operands.map(transform))
        case .or(let operands): return .or(try operands.map(transform))
        case .cast(let operand, let type, let mode): return .cast(try transform(operand), to: type, mode: mode)
        case .not(let operand): return .not(try transform(operand))
        case .inList(let operand, let values): return .inList(try transform(operand), values)
        }
    }

    /// Positions of the columns that the expression reads.
    package var referencedColumns: Set<Int> {
        var columns: Set<Int> = []
        collectColumns(into: &columns)
        return columns
    }

    private func collectColumns(into columns: inout Set<Int>) {
        if case .column(let reference) = self { columns.insert(reference.index) }
        for child in children { child.collectColumns(into: &columns) }
    }

    /// The expression over another schema: column `i` becomes column `position(i)`.
    package func remappingColumns(_ position: (Int) -> Int) -> ScalarExpression {
        if case .column(var reference) = self {
            reference.index = position(reference.index)
            return .column(reference)
        }
        return mappingChildren { $0.remappingColumns(position) }
    }

    /// The expression with each column replaced by what `replacement` gives for it, for example to merge two projections.
    package func substitutingColumns(_ replacement: (ColumnReference) -> ScalarExpression) -> ScalarExpression {
        if case .column(let reference) = self { return replacement(reference) }
        return mappingChildren { $0.substitutingColumns(replacement) }
    }

    /// Whether equal rows always give equal results: false with CURRENT_TIMESTAMP, PROCTIME() and the like.
    package var isDeterministic: Bool {
        if case .call(let call) = self {
            // UNIX_TIMESTAMP() without an argument reads the clock.
            if !call.function.isDeterministic || call.function == .unixTimestamp && call.arguments.isEmpty {
                return false
            }
        }
        return children.allSatisfy { $0.isDeterministic }
    }

    /// Whether no column is read.
    package var isConstant: Bool {
        if case .column = self { return false }
        return children.allSatisfy { $0.isConstant }
    }

    package var literal: Literal? {
        if case .literal(let literal) = self { return literal }
        return nil
    }

    /// The operands of a conjunction, nested ones too; the expression itself where it is none.
    package var conjuncts: [ScalarExpression] {
        if case .and(let operands) = self { return operands.flatMap { $0.conjuncts } }
        return [self]
    }
}
