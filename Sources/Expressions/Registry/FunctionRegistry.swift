internal import Columnar

/// A function chosen by name and argument types.
package struct FunctionOverload: Hashable, Sendable {
    package var function: ScalarFunction
    /// What the arguments have to be converted to, one each.
    package var argumentTypes: [ExpressionType]
    package var resultType: ExpressionType
}

/// The functions that a query can call by name. Names are matched in any letter case.
///
/// COALESCE, IF, IFNULL, NULLIF, GREATEST, LEAST and the functions with a time unit are among them: `call` builds what they stand for.
package struct FunctionRegistry: Sendable {
    package static let builtIn = FunctionRegistry(
        stringFunctions.merging(numericFunctions) { one, _ in one }
            .merging(timeFunctions) { one, _ in one })

    /// By upper-case name.
    private let signatures: [String: [Signature]]

    init(_ signatures: [String: [Signature]]) {
        self.signatures = signatures
    }

    /// Every callable name, sorted.
    package var names: [String] { (Array(signatures.keys) + Self.forms + Self.unitFunctions.keys).sorted() }

    /// Whether there is a function of that name, letter case ignored.
    package func contains(_ name: String) -> Bool {
        let name = name.uppercased()
        return signatures[name] != nil || Self.forms.contains(name) || Self.unitFunctions[name] != nil
    }

    /// Chooses the overload for arguments of these types.
    ///
    /// - Parameter literals: the arguments that are constants; ROUND and TO_TIMESTAMP_LTZ take their result type from one.
    /// - Throws: `unknownFunction` with the nearest name, `noMatchingSignature` with those there are.
    package func resolve(
        _ name: String, _ types: [ExpressionType], literals: [Literal?] = []
    ) throws(ExpressionError) -> FunctionOverload {
        let name = name.uppercased()
        guard let candidates = signatures[name] else { throw unknown(name) }
        for signature in candidates {
            guard let accepted = signature.accept(types) else { continue }
            let constants = literals.count == types.count ? literals : types.map { _ in nil }
            return FunctionOverload(
                function: signature.function, argumentTypes: accepted,
                resultType: signature.resultType(accepted, constants))
        }
        let given = types.map { $0.description }.joined(separator: ", ")
        let known = candidates.map { $0.sql(name) }.joined(separator: ", ")
        throw ExpressionError(.noMatchingSignature, "\(name) does not take (\(given)); it is called as \(known)")
    }

    /// The call of a function with its arguments converted as needed.
    ///
    /// - Parameter unit: of EXTRACT(unit FROM x), FLOOR(x TO unit), CEIL(x TO unit), TIMESTAMPADD(unit, n, x), TIMESTAMPDIFF(unit, x, y).
    package func call(
        _ name: String, _ arguments: [ScalarExpression], unit: TimeUnit? = nil
    ) throws(ExpressionError) -> ScalarExpression {
        let name = name.uppercased()
        if let unit { return try callWithUnit(name, unit, arguments) }
        if Self.forms.contains(name) { return try form(name, arguments) }
        if Self.unitFunctions[name] != nil, signatures[name] == nil {
            throw ExpressionError(.invalidArgument, "\(name) needs a time unit, for example \(Self.example(name))")
        }
        let literals = arguments.map { $0.folded().literal }
        let overload = try resolve(name, arguments.map { $0.type }, literals: literals)
        var function = overload.function
        if case .toTimestampLTZ = function, arguments.count > 1, arguments[0].type.isNumeric {
            function = .toTimestampLTZ(precision: try timestampPrecision(literals[1]))
        }
        var converted: [ScalarExpression] = []
        for (argument, type) in zip(arguments, overload.argumentTypes) {
            converted.append(ScalarExpression.convert(argument, type))
        }
        return .call(FunctionCall(function, converted, overload.resultType))
    }

    private func timestampPrecision(_ literal: Literal?) throws(ExpressionError) -> Int {
        switch literal?.value {
        case .int(0)?, .bigint(0)?: return 0
        case .int(3)?, .bigint(3)?: return 3
        default:
            throw ExpressionError(
                .invalidArgument,
                "the precision of TO_TIMESTAMP_LTZ must be the constant 0 (seconds) or 3 (milliseconds)")
        }
    }

    private func unknown(_ name: String) -> ExpressionError {
        ExpressionError(.unknownFunction, "there is no function \(name)\(NearestName.hint(name, in: names))")
    }
}
