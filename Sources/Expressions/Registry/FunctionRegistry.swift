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
        let nearest = nearestName(to: name).map { "; did you mean \($0)?" } ?? ""
        return ExpressionError(.unknownFunction, "there is no function \(name)\(nearest)")
    }

    /// The known name that differs least from `name`, if it is near enough to be meant.
    package func nearestName(to name: String) -> String? {
        let name = Array(name.uppercased().utf8)
        var best: (distance: Int, name: String)?
        for candidate in names {
            let distance = Self.editDistance(name, Array(candidate.utf8))
            if distance < best?.distance ?? .max { best = (distance, candidate) }
        }
        guard let best, best.distance <= max(1, name.count / 3) else { return nil }
        return best.name
    }

    /// Insertions, deletions, replacements and swaps of neighbours that make one the other.
    private static func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for (row, byte) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                var cost = min(last[column + 1] + 1, current[column] + 1, last[column] + (byte == other ? 0 : 1))
                if row > 0, column > 0, byte == right[column - 1], left[row - 1] == other {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                current.append(cost)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
