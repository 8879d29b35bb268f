internal import Columnar

/// CASE and COALESCE.
extension ProgramBuilder {
    func compileConditional(
        _ conditional: Conditional, _ expression: ScalarExpression
    ) throws(ExpressionError) -> Operand {
        let isSimple =
            conditional.branches.dropFirst().allSatisfy { $0.condition.isSimple }
            && conditional.branches.allSatisfy { $0.result.isSimple } && conditional.otherwise.isSimple
        if isSimple, !expression.type.storage.isVariableLength {
            return try emitBlend(conditional, expression.type.storage)
        }
        return try emitBranches(conditional, expression.type.storage)
    }

    /// Every branch is evaluated for all rows, and the results are blended without a jump.
    private func emitBlend(_ conditional: Conditional, _ type: LogicalType) throws(ExpressionError) -> Operand {
        var conditions: [Operand] = []
        var results: [Operand] = []
        for branch in conditional.branches {
            conditions.append(try compile(branch.condition))
            results.append(try compile(branch.result))
        }
        let otherwise = try compile(conditional.otherwise)
        let output = temporary(type)
        return emit(output, reading: conditions + results + [otherwise]) { frame, rows in
            let target = frame[output]
            ColumnCopy.all(frame[otherwise], target, rows)
            for (condition, result) in zip(conditions, results).reversed() {
                ColumnCopy.whereTrue(frame[condition], frame[result], target, rows)
            }
        }
    }

    private struct Branch {
        /// Empty for the first condition, which is evaluated with what surrounds the CASE.
        var conditionBlock: Block
        var condition: Operand
        var resultBlock: Block
        var result: Operand
    }

    /// Each branch is evaluated only for the rows that reach it.
    private func emitBranches(_ conditional: Conditional, _ type: LogicalType) throws(ExpressionError) -> Operand {
        let first = try compile(conditional.branches[0].condition)
        let output = temporary(type)
        var branches: [Branch] = []
        for (position, branch) in conditional.branches.enumerated() {
            var condition = (block: Block(), result: first)
            if position > 0 { condition = try inScope { () throws(ExpressionError) in try compile(branch.condition) } }
            let result = try inScope { () throws(ExpressionError) in try compile(branch.result) }
            branches.append(
                Branch(
                    conditionBlock: condition.block, condition: condition.result, resultBlock: result.block,
                    result: result.result))
        }
        let otherwise = try inScope { () throws(ExpressionError) in try compile(conditional.otherwise) }
        let (taken, open) = (RowBuffer(), RowBuffer())
        let operands = branches.flatMap { [$0.condition, $0.result] } + [otherwise.result]
        return emit(output, reading: operands) { frame, rows in
            let target = frame[output]
            target.arena?.removeAll()
            var remaining = rows
            let takenRows = taken.reserve(rows.count)
            let openRows = open.reserve(rows.count)
            for branch in branches where remaining.selectedCount > 0 {
                branch.conditionBlock.run(frame, remaining)
                let count = Selecting.whereTrue(frame[branch.condition], remaining, into: takenRows)
                if count > 0 {
                    let reached = Rows(count: rows.count, indices: takenRows, selectedCount: count)
                    branch.resultBlock.run(frame, reached)
                    ColumnCopy.selected(frame[branch.result], target, reached)
                }
                let rest = Selecting.whereNotTrue(frame[branch.condition], remaining, into: openRows)
                remaining = Rows(count: rows.count, indices: openRows, selectedCount: rest)
            }
            if remaining.selectedCount > 0 {
                otherwise.block.run(frame, remaining)
                ColumnCopy.selected(frame[otherwise.result], target, remaining)
            }
        }
    }

    func compileCoalesce(
        _ operands: [ScalarExpression], _ expression: ScalarExpression
    ) throws(ExpressionError) -> Operand {
        let type = expression.type.storage
        let first = try compile(operands[0])
        if !type.isVariableLength, operands.dropFirst().allSatisfy({ $0.isSimple }) {
            var sources = [first]
            for operand in operands.dropFirst() { sources.append(try compile(operand)) }
            let output = temporary(type)
            return emit(output, reading: sources) { frame, rows in
                let target = frame[output]
                ColumnCopy.all(frame[sources[sources.count - 1]], target, rows)
                for source in sources.dropLast().reversed() {
                    ColumnCopy.whereValid(frame[source], target, rows)
                }
            }
        }
        return try emitAlternatives(first, operands.dropFirst(), type)
    }

    /// Each alternative is evaluated only for the rows that are still null.
    private func emitAlternatives(
        _ first: Operand, _ alternatives: ArraySlice<ScalarExpression>, _ type: LogicalType
    ) throws(ExpressionError) -> Operand {
        let output = temporary(type)
        var rest: [(block: Block, result: Operand)] = []
        for alternative in alternatives {
            rest.append(try inScope { () throws(ExpressionError) in try compile(alternative) })
        }
        let open = RowBuffer()
        return emit(output, reading: [first] + rest.map { $0.result }) { frame, rows in
            let target = frame[output]
            target.arena?.removeAll()
            ColumnCopy.selected(frame[first], target, rows)
            let indices = open.reserve(rows.count)
            var count = Selecting.whereNull(target, rows, into: indices)
            for alternative in rest where count > 0 {
                let remaining = Rows(count: rows.count, indices: indices, selectedCount: count)
                alternative.block.run(frame, remaining)
                ColumnCopy.selected(frame[alternative.result], target, remaining)
                count = Selecting.whereNull(target, remaining, into: indices)
            }
        }
    }
}
