internal import Columnar

/// Turns expressions into kernels over registers, each distinct part once.
///
/// A part that is evaluated only for some rows (a branch of CASE, the right side of a short-circuiting AND) is compiled into a scope of
/// its own: what is computed inside is unknown outside, what was computed outside is known inside.
final class ProgramBuilder {
    /// What a register holds and from when to when, counted in steps.
    struct Lifetime {
        var kind: Kind
        var firstStep: Int
        var lastStep: Int
        /// The register into whose arena the slices of this one point.
        var base: Int?
    }

    enum Kind {
        case temporary(LogicalType)
        case madeByKernel
        case constant(Literal)
    }

    struct Allocation {
        var registers: [Program.Register]
        var poolTypes: [LogicalType]
    }

    private var blocks: [Block] = [Block()]
    private var known: [[ScalarExpression: Operand]] = [[:]]
    private var constants: [Literal: Operand] = [:]
    private var lifetimes: [Lifetime] = []
    private var step = 0

    var finishedBlock: Block { blocks[0] }

    /// Where the value of `expression` is, for the rows of the current block.
    func compile(_ expression: ScalarExpression) throws(ExpressionError) -> Operand {
        switch expression {
        case .column(let reference): return .input(reference.index)
        case .literal(let literal): return constant(literal)
        default: break
        }
        for scope in known.reversed() {
            if let operand = scope[expression] { return operand }
        }
        let operand = try compileAnew(expression)
        known[known.count - 1][expression] = operand
        return operand
    }

    private func compileAnew(_ expression: ScalarExpression) throws(ExpressionError) -> Operand {
        switch expression {
        case .column(let reference): .input(reference.index)
        case .literal(let literal): constant(literal)
        case .call(let call): try compileCall(call, expression)
        case .conditional(let conditional): try compileConditional(conditional, expression)
        case .coalesce(let operands): try compileCoalesce(operands, expression)
        case .cast(let operand, let type, let mode): try compileCast(operand, type, mode, expression)
        case .and(let operands): try compileJunction(.and, operands)
        case .or(let operands): try compileJunction(.or, operands)
        case .not(let operand): try compileNot(operand)
        case .inList(let operand, let values): try compileMembership(operand, values)
        }
    }

    /// Compiles `body` into a block of its own, whose results are known only inside.
    func inScope<Result>(
        _ body: () throws(ExpressionError) -> Result
    ) throws(ExpressionError) -> (block: Block, result: Result) {
        blocks.append(Block())
        known.append([:])
        defer {
            known.removeLast()
            blocks.removeLast()
        }
        let result = try body()
        return (blocks[blocks.count - 1], result)
    }

    func constant(_ literal: Literal) -> Operand {
        if let operand = constants[literal] { return operand }
        lifetimes.append(Lifetime(kind: .constant(literal), firstStep: 0, lastStep: .max))
        let operand = Operand.register(lifetimes.count - 1)
        constants[literal] = operand
        return operand
    }

    /// A register for a result of `type`, written from the next step on.
    func temporary(_ type: LogicalType) -> Int {
        lifetimes.append(Lifetime(kind: .temporary(type), firstStep: step, lastStep: step))
        return lifetimes.count - 1
    }

    /// A register whose kernel makes a column with slices into the arena of `base`.
    func view(of base: Operand) -> Int {
        var lifetime = Lifetime(kind: .madeByKernel, firstStep: step, lastStep: step)
        if case .register(let register) = base { lifetime.base = register }
        lifetimes.append(lifetime)
        return lifetimes.count - 1
    }

    /// Says that a kernel of the current step reads `operand`.
    func touch(_ operand: Operand) {
        guard case .register(let register) = operand else { return }
        touch(register)
    }

    func touch(_ register: Int) {
        lifetimes[register].lastStep = Swift.max(lifetimes[register].lastStep, step)
        if let base = lifetimes[register].base { touch(base) }
    }

    /// Adds a kernel that reads `operands` and writes `output`.
    @discardableResult
    func emit(_ output: Int, reading operands: [Operand], _ kernel: @escaping Kernel) -> Operand {
        touch(output)
        operands.forEach(touch)
        blocks[blocks.count - 1].kernels.append(kernel)
        step += 1
        return .register(output)
    }

    /// Marks the end of what a surrounding kernel does between two of its blocks.
    func advance() { step += 1 }

    /// Gives every register a column: registers whose lifetimes do not overlap share one.
    func allocateRegisters(results: [Operand]) -> Allocation {
        var escaping: Set<Int> = []
        for case .register(let result) in results {
            var register: Int? = result
            while let current = register {
                escaping.insert(current)
                register = lifetimes[current].base
            }
        }
        var allocation = Allocation(registers: [], poolTypes: [])
        var busyUntil: [Int] = []
        for (index, lifetime) in lifetimes.enumerated() {
            switch lifetime.kind {
            case .constant(let literal): allocation.registers.append(.constant(literal))
            case .madeByKernel: allocation.registers.append(.madeByKernel)
            case .temporary(let type) where escaping.contains(index): allocation.registers.append(.fresh(type))
            case .temporary(let type):
                let free = busyUntil.indices.first {
                    busyUntil[$0] < lifetime.firstStep && allocation.poolTypes[$0] == type
                }
                let slot = free ?? busyUntil.count
                if free == nil {
                    busyUntil.append(0)
                    allocation.poolTypes.append(type)
                }
                busyUntil[slot] = lifetime.lastStep
                allocation.registers.append(.pooled(slot: slot))
            }
        }
        return allocation
    }
}
