package import Columnar

/// A typed expression over the columns of a schema, one value a row; made by `FunctionRegistry` and the builders of this type, which see
/// to it that arguments have the types that the kernels take.
package indirect enum ScalarExpression: Hashable, Sendable {
    case column(ColumnReference)
    case literal(Literal)
    case call(FunctionCall)
    /// CASE: the result of the first branch whose condition is true.
    case conditional(Conditional)
    /// The first of at least two expressions of one type that is not null.
    case coalesce([ScalarExpression])
    case cast(ScalarExpression, to: ExpressionType, mode: CastMode)
    /// Three-valued; at least two operands.
    case and([ScalarExpression])
    case or([ScalarExpression])
    case not(ScalarExpression)
    /// IN a list of constants of the operand's type; NULL may be among them.
    case inList(ScalarExpression, [ScalarValue])
}

/// A column of the input, by position.
package struct ColumnReference: Hashable, Sendable {
    package var index: Int
    /// For texts only.
    package var name: String
    package var type: LogicalType
    package var isNullable: Bool

    package init(index: Int, name: String, type: LogicalType, isNullable: Bool) {
        self.index = index
        self.name = name
        self.type = type
        self.isNullable = isNullable
    }

    package init(_ schema: Schema, _ index: Int) {
        let field = schema[index]
        self.init(index: index, name: field.name, type: field.type, isNullable: field.isNullable)
    }
}

/// A function with the arguments that its kernel takes.
package struct FunctionCall: Hashable, Sendable {
    package var function: ScalarFunction
    package var arguments: [ScalarExpression]
    package var type: ExpressionType

    package init(_ function: ScalarFunction, _ arguments: [ScalarExpression], _ type: ExpressionType) {
        self.function = function
        self.arguments = arguments
        self.type = type
    }
}

/// The branches of a CASE, all of one result type.
package struct Conditional: Hashable, Sendable {
    /// A condition and the result where it is the first to be true.
    package struct Branch: Hashable, Sendable {
        package var condition: ScalarExpression
        package var result: ScalarExpression

        package init(_ condition: ScalarExpression, _ result: ScalarExpression) {
            self.condition = condition
            self.result = result
        }
    }

    package var branches: [Branch]
    package var otherwise: ScalarExpression

    package init(branches: [Branch], otherwise: ScalarExpression) {
        self.branches = branches
        self.otherwise = otherwise
    }
}

/// What a conversion does with a value that has no counterpart in the target type.
package enum CastMode: Hashable, Sendable {
    /// CAST: an error of the row.
    case fail
    /// TRY_CAST: NULL.
    case null
}

extension ScalarExpression {
    /// A column of `schema` by its position.
    package static func column(_ schema: Schema, _ index: Int) -> ScalarExpression {
        .column(ColumnReference(schema, index))
    }

    package var type: ExpressionType {
        switch self {
        case .column(let reference): .value(reference.type)
        case .literal(let literal): literal.type
        case .call(let call): call.type
        case .conditional(let conditional): conditional.otherwise.type
        case .coalesce(let operands): operands[0].type
        case .cast(_, let type, _): type
        case .and, .or, .not, .inList: .boolean
        }
    }

    /// Whether the result may be null in some row.
    package var isNullable: Bool {
        switch self {
        case .column(let reference): reference.isNullable
        case .literal(let literal): literal.value == .null
        case .call(let call):
            if call.function.isNeverNull {
                false
            } else {
                !call.function.isStrict || call.arguments.contains { $0.isNullable }
            }
        case .conditional(let conditional):
            conditional.otherwise.isNullable || conditional.branches.contains { $0.result.isNullable }
        case .coalesce(let operands): operands.allSatisfy { $0.isNullable }
        case .cast(let operand, _, let mode): mode == .null || operand.isNullable
        case .and(let operands), .or(let operands): operands.contains { $0.isNullable }
        case .not(let operand): operand.isNullable
        case .inList(let operand, let values): operand.isNullable || values.contains(.null)
        }
    }
}
