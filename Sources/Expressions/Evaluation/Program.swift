internal import Columnar

/// Kernels and registers that compute several expressions over a batch.
final class Program {
    /// How a register gets its column.
    enum Register {
        /// One column, kept between batches, of the pool's slot.
        case pooled(slot: Int)
        /// A new column for each batch, because it leaves the program.
        case fresh(LogicalType)
        /// The kernel that writes the register makes the column.
        case madeByKernel
        case constant(Literal)
    }

    private let block: Block
    private let results: [Operand]
    private let registers: [Register]
    private let poolTypes: [LogicalType]
    private let frame: Frame
    private var pool: [Column?]
    private var capacity = 0

    init(_ builder: borrowing ProgramBuilder, results: [Operand]) {
        let allocation = builder.allocateRegisters(results: results)
        block = builder.finishedBlock
        self.results = results
        registers = allocation.registers
        poolTypes = allocation.poolTypes
        pool = Array(repeating: nil, count: poolTypes.count)
        frame = Frame(registerCount: registers.count)
    }

    convenience init(_ expressions: [ScalarExpression]) throws(ExpressionError) {
        let builder = ProgramBuilder()
        var results: [Operand] = []
        for expression in expressions { results.append(try builder.compile(expression)) }
        self.init(builder, results: results)
    }

    /// Computes the results at the selected rows.
    ///
    /// - Throws: the failure of the first row that failed, if there is no collector.
    func run(
        _ batch: RecordBatch, _ context: EvaluationContext, _ collector: RowErrors?
    ) throws(ExpressionError) {
        let errors = collector ?? RowErrors()
        prepareRegisters(batch.rowCount)
        frame.begin(batch, context, errors)
        block.run(frame, Rows(batch))
        if collector == nil, let failure = errors.first {
            frame.end()
            throw failure.error
        }
    }

    /// A result of the last run, to be read before the next.
    func result(_ position: Int) -> Column { frame[results[position]] }

    /// The results of the last run, which now belong to the caller.
    func takeResults() -> [Column] {
        let columns = results.map { frame[$0] }
        frame.end()
        return columns
    }

    func finish() { frame.end() }

    private func prepareRegisters(_ rowCount: Int) {
        if rowCount > capacity {
            capacity = Swift.max(rowCount, RecordBatch.preferredRowCount)
            pool = poolTypes.map { Column(type: $0, capacity: capacity) }
            for (index, register) in registers.enumerated() {
                switch register {
                case .pooled(let slot): frame[index] = pool[slot]!  // made just above
                case .constant(let literal): frame[index] = Self.broadcast(literal, capacity)
                case .fresh, .madeByKernel: break
                }
            }
        }
        for (index, register) in registers.enumerated() {
            if case .fresh(let type) = register { frame[index] = Column(type: type, capacity: rowCount) }
        }
    }

    /// A column with the same value in every row.
    static func broadcast(_ literal: Literal, _ capacity: Int) -> Column {
        let column = Column(type: literal.type.storage, capacity: capacity)
        guard literal.value != .null else { return column }
        column.setAllValid(capacity)
        switch literal.value {
        case .null: break
        case .boolean(let value): column.bools.update(repeating: value ? 1 : 0, count: capacity)
        case .int(let value), .date(let value): column.int32s.update(repeating: value, count: capacity)
        case .bigint(let value), .timestamp(let value), .intervalMonths(let value), .intervalMicroseconds(let value):
            column.int64s.update(repeating: value, count: capacity)
        case .double(let value): column.doubles.update(repeating: value, count: capacity)
        case .decimal(let value):
            if column.type.physical == .int64 {
                column.int64s.update(repeating: Int64(truncatingIfNeeded: value), count: capacity)
            } else {
                column.int128s.update(repeating: value, count: capacity)
            }
        case .string(let value): fill(column, Array(value.utf8), capacity)
        case .bytes(let value): fill(column, value, capacity)
        }
        return column
    }

    private static func fill(_ column: Column, _ bytes: [UInt8], _ capacity: Int) {
        let slice = bytes.withUnsafeBytes { column.arena?.append($0) }
        guard let slice else { return }
        column.slices.update(repeating: slice, count: capacity)
    }
}
