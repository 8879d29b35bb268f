package import Columnar

/// What is wrong with an expression, or with a row that it met.
package struct ExpressionError: MillraceError, Hashable {
    /// What went wrong.
    package enum Code: String, Hashable, Sendable {
        /// No function of that name.
        case unknownFunction
        /// A function or an operator that does not take arguments of these types.
        case noMatchingSignature
        /// A CAST between types that have no conversion.
        case invalidCast
        /// An argument that must be a literal of a certain form is not, for example a LIKE pattern or a time unit.
        case invalidArgument
        /// A time zone that is not known.
        case unknownTimeZone

        // The codes of a row: see `isRowError`.
        case arithmeticOverflow
        case divisionByZero
        case castFailure
        /// A number that does not fit the precision and scale, or the range, of its type.
        case numericOutOfRange
        /// An argument outside of a function's domain.
        case argumentOutOfRange
    }

    package var code: Code
    package var message: String
    package var context: ErrorContext
    /// The expression in which it happened, as SQL.
    package var expression: String?
    /// The row number in its batch, for the codes of a row.
    package var row: Int?

    package init(
        _ code: Code, _ message: String, expression: String? = nil, row: Int? = nil,
        context: ErrorContext = ErrorContext()
    ) {
        self.code = code
        self.message = message
        self.expression = expression
        self.row = row
        self.context = context
    }

    /// Always the user's: the SQL or the data.
    package var origin: ErrorOrigin { .user }
    package var isRetriable: Bool { false }

    /// Whether one row's values are the cause, so that a policy may drop the row and go on.
    package var isRowError: Bool { code.isRowError }
}

extension ExpressionError.Code {
    /// Whether one row's values are the cause.
    package var isRowError: Bool {
        switch self {
        case .arithmeticOverflow, .divisionByZero, .castFailure, .numericOutOfRange, .argumentOutOfRange: true
        default: false
        }
    }

    /// What happened, without values, and what to do about it.
    package var explanation: String {
        switch self {
        case .arithmeticOverflow: "arithmetic overflow; CAST an operand to a larger type"
        case .divisionByZero: "division by zero; guard it with NULLIF(divisor, 0) or CASE"
        case .castFailure: "the value cannot be converted; TRY_CAST gives NULL instead"
        case .numericOutOfRange: "number out of the type's range; CAST to a larger type, or TRY_CAST to get NULL"
        case .argumentOutOfRange: "argument outside of the function's domain"
        default: rawValue
        }
    }
}
