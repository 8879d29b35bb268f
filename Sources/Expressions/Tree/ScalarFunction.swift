/// A built-in function or operator, once it is known which.
package enum ScalarFunction: Hashable, Sendable {
    // Arithmetic.
    case add, subtract, multiply, divide, modulo, negate
    // Comparison. `distinct` is IS DISTINCT FROM.
    case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual, distinct, notDistinct
    // Tests that never give NULL.
    case isNull, isNotNull, isTrue, isNotTrue, isFalse, isNotFalse
    case greatest, least
    /// The operand and a pattern; `escape` is a single Unicode scalar.
    case like(escape: Unicode.Scalar?)

    // Strings. Lengths and positions count Unicode scalars (code points), from 1.
    case characterLength, octetLength
    case upper, lower, initcap
    /// The text, and the set of characters to take off (blank where there is none).
    case trim(TrimSide)
    case substring, left, right
    case concat, concatWithSeparator
    case replace, overlay
    /// The text sought, the text it is sought in, and where to start.
    case position
    case leftPad, rightPad, reverse, `repeat`
    case ascii, character
    case splitIndex
    case startsWith, endsWith
    case toBase64, fromBase64, hex
    /// Hexadecimal digits in lower case.
    case md5, sha1, sha224, sha256
    /// Text, regular expression, and what else: null where the text has no match.
    case regularExpressionMatch, regularExpressionExtract, regularExpressionReplace

    // Mathematics.
    case absolute, ceiling, floor, sign
    /// The number and how many digits behind the point stay; half away from zero.
    case round
    case truncate
    case power, squareRoot, exponential, naturalLogarithm, logarithm10, logarithm2, logarithm
    case sine, cosine, tangent, arcSine, arcCosine, arcTangent, arcTangent2, radians, degrees

    // Time.
    case currentTimestamp, localTimestamp, currentDate, processingTime
    case extract(TimeUnit)
    /// A DATE or timestamp and an interval.
    case addInterval, subtractInterval
    /// The number of units, and the time they are added to.
    case timestampAdd(TimeUnit)
    /// The whole units from the first time to the second.
    case timestampDifference(TimeUnit)
    case floorTime(TimeUnit), ceilingTime(TimeUnit)
    case dateFormat
    case toTimestamp, toTimestampLTZ(precision: Int), toDate
    case unixTimestamp, fromUnixTime
    case convertTimeZone
}

/// The ends of a text that TRIM works on.
package enum TrimSide: Hashable, Sendable {
    case both, leading, trailing
}

extension ScalarFunction {
    /// Whether equal arguments always give equal results, in whichever batch.
    package var isDeterministic: Bool {
        switch self {
        case .currentTimestamp, .localTimestamp, .currentDate, .processingTime: false
        default: true
        }
    }

    /// Whether the result is null when, and only when, an argument is.
    var isStrict: Bool {
        switch self {
        case .distinct, .notDistinct, .isNull, .isNotNull, .isTrue, .isNotTrue, .isFalse, .isNotFalse,
            .concatWithSeparator:
            false
        case .splitIndex, .fromBase64, .regularExpressionMatch, .regularExpressionExtract, .regularExpressionReplace,
            .toTimestamp, .toTimestampLTZ, .toDate, .unixTimestamp, .convertTimeZone,
            .leftPad, .rightPad, .character:
            false
        default: true
        }
    }

    /// Whether the result is never null, whatever the arguments are.
    var isNeverNull: Bool {
        switch self {
        case .distinct, .notDistinct, .isNull, .isNotNull, .isTrue, .isNotTrue, .isFalse, .isNotFalse: true
        default: false
        }
    }
}
