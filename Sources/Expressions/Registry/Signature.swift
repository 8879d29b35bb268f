/// What a function takes at one position.
enum Parameter: Hashable, Sendable {
    case string, bytes, boolean, double, bigint
    /// INT or BIGINT as it is.
    case integer
    /// Any number as it is.
    case numeric
    case date
    /// DATE, TIMESTAMP or TIMESTAMP_LTZ as it is; text as a TIMESTAMP(3).
    case time
    /// TIMESTAMP or TIMESTAMP_LTZ as it is; DATE as TIMESTAMP(3).
    case timestamp
    /// Anything but NULL without a type, as it is.
    case any

    /// The type to convert an argument of `type` to; nil where it is not taken.
    func accept(_ type: ExpressionType) -> ExpressionType? {
        switch self {
        case .string: type == .string || type == .null ? .string : nil
        case .bytes: type == .bytes || type == .null ? .bytes : nil
        case .boolean: type == .boolean || type == .null ? .boolean : nil
        case .double: type.isNumeric || type == .null ? .double : nil
        case .bigint: type.isInteger || type == .null ? .bigint : nil
        case .integer: type == .null ? .bigint : type.isInteger ? type : nil
        case .numeric: type == .null ? .int : type.isNumeric ? type : nil
        case .date: type == .date || type == .null ? .date : nil
        case .time: type.isTemporal ? type : type == .string || type == .null ? .timestamp(3) : nil
        case .timestamp:
            type.isTimestamp ? type : type == .date || type == .string || type == .null ? .timestamp(3) : nil
        case .any: type == .null ? .string : type
        }
    }

    var sql: String {
        switch self {
        case .string: "STRING"
        case .bytes: "BYTES"
        case .boolean: "BOOLEAN"
        case .double: "DOUBLE"
        case .bigint: "BIGINT"
        case .integer: "INT | BIGINT"
        case .numeric: "number"
        case .date: "DATE"
        case .time: "DATE | TIMESTAMP | TIMESTAMP_LTZ"
        case .timestamp: "TIMESTAMP | TIMESTAMP_LTZ"
        case .any: "any"
        }
    }
}

/// One way to call a function.
struct Signature: Sendable {
    /// The type of the result.
    enum Result: Sendable {
        case fixed(ExpressionType)
        /// That of the argument at this position, after conversion.
        case argument(Int)
        /// From the converted types and the arguments that are constants.
        case computed(@Sendable ([ExpressionType], [Literal?]) -> ExpressionType)
    }

    var function: ScalarFunction
    var parameters: [Parameter]
    /// How many of the last parameters may be left out.
    var optionalCount = 0
    /// Whether the last parameter may be repeated.
    var isVariadic = false
    var result: Result

    init(
        _ function: ScalarFunction, _ parameters: [Parameter], optional: Int = 0, _ result: Result
    ) {
        self.function = function
        self.parameters = parameters
        optionalCount = optional
        self.result = result
    }

    static func variadic(_ function: ScalarFunction, _ parameters: [Parameter], _ result: Result) -> Signature {
        var signature = Signature(function, parameters, result)
        signature.isVariadic = true
        return signature
    }

    /// The types to convert arguments of `types` to; nil where the signature does not take them.
    func accept(_ types: [ExpressionType]) -> [ExpressionType]? {
        guard types.count >= parameters.count - optionalCount, isVariadic || types.count <= parameters.count else {
            return nil
        }
        var accepted: [ExpressionType] = []
        for (position, type) in types.enumerated() {
            guard let target = parameters[min(position, parameters.count - 1)].accept(type) else { return nil }
            accepted.append(target)
        }
        return accepted
    }

    func resultType(_ types: [ExpressionType], _ literals: [Literal?]) -> ExpressionType {
        switch result {
        case .fixed(let type): type
        case .argument(let position): types[position]
        case .computed(let rule): rule(types, literals)
        }
    }

    func sql(_ name: String) -> String {
        var text = "\(name)("
        for (position, parameter) in parameters.enumerated() {
            if position >= parameters.count - optionalCount { text += "[" }
            if position > 0 { text += ", " }
            text += parameter.sql
        }
        return text + (isVariadic ? ", ..." : "") + String(repeating: "]", count: optionalCount) + ")"
    }
}
