internal import Columnar

/// Where a kernel finds an argument.
enum Operand: Hashable {
    /// A column of the batch.
    case input(Int)
    case register(Int)
}

/// Over which rows, and into which columns, one run of a program works.
final class Frame {
    private var inputs: [Column] = []
    private(set) var registers: [Column?]
    private(set) var rowCount = 0
    private(set) var context = EvaluationContext(now: 0)
    private var errors = RowErrors()

    init(registerCount: Int) {
        registers = Array(repeating: nil, count: registerCount)
    }

    func begin(_ batch: RecordBatch, _ context: EvaluationContext, _ errors: RowErrors) {
        inputs = batch.columns
        rowCount = batch.rowCount
        self.context = context
        self.errors = errors
    }

    /// Lets go of the batch.
    func end() {
        inputs = []
    }

    subscript(operand: Operand) -> Column {
        switch operand {
        case .input(let index): inputs[index]
        case .register(let index): self[index]
        }
    }

    /// The column of a register, which its kernel may write.
    subscript(register: Int) -> Column {
        get {
            guard let column = registers[register] else {
                preconditionFailure("register \(register) is read before it is written")
            }
            return column
        }
        set { registers[register] = newValue }
    }

    func take(_ register: Int) -> Column {
        let column = self[register]
        registers[register] = nil
        return column
    }

    /// Notes that `expression` failed in `row`; the kernel makes the result null.
    func fail(_ row: Int, _ code: ExpressionError.Code, _ expression: ScalarExpression) {
        errors.append(RowError(row: row, code: code, expression: expression.description))
    }
}

/// One step of a program: computes the given rows of a register from others.
typealias Kernel = (Frame, Rows) -> Void

/// Kernels that run one after the other over the same rows.
struct Block {
    var kernels: [Kernel] = []

    func run(_ frame: Frame, _ rows: Rows) {
        for kernel in kernels { kernel(frame, rows) }
    }
}
