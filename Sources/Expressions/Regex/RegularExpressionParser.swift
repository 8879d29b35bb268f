/// Reads a regular expression.
struct RegularExpressionParser {
    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var depth = 0
    private var isCaseInsensitive = false
    private(set) var groupCount = 0

    private static let maximumDepth = 100
    private static let maximumRepetition = 1000

    init(_ pattern: String) {
        scalars = Array(pattern.unicodeScalars)
    }

    mutating func parse() throws(ExpressionError) -> RegularExpressionNode {
        if skip("(?i)") { isCaseInsensitive = true }
        let node = try alternatives()
        if position < scalars.count { throw failure("there is a ) without its (") }
        return node
    }

    private func failure(_ reason: String) -> ExpressionError {
        ExpressionError(.invalidArgument, "in the regular expression, at character \(position + 1), \(reason)")
    }

    private var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private mutating func skip(_ text: String) -> Bool {
        let wanted = Array(text.unicodeScalars)
        guard scalars[position...].starts(with: wanted) else { return false }
        position += wanted.count
        return true
    }

    private mutating func alternatives() throws(ExpressionError) -> RegularExpressionNode {
        depth += 1
        defer { depth -= 1 }
        if depth > Self.maximumDepth { throw failure("groups are nested too deeply") }
        var nodes = [try sequence()]
        while skip("|") { nodes.append(try sequence()) }
        return nodes.count == 1 ? nodes[0] : .alternatives(nodes)
    }

    private mutating func sequence() throws(ExpressionError) -> RegularExpressionNode {
        var nodes: [RegularExpressionNode] = []
        while let scalar = next, scalar != "|", scalar != ")" {
            let node = try atom()
            nodes.append(try quantified(node))
        }
        return nodes.count == 1 ? nodes[0] : .sequence(nodes)
    }

    private mutating func quantified(_ node: RegularExpressionNode) throws(ExpressionError) -> RegularExpressionNode {
        var node = node
        while let scalar = next {
            var bounds: (minimum: Int, maximum: Int?)
            switch scalar {
            case "*": bounds = (0, nil)
            case "+": bounds = (1, nil)
            case "?": bounds = (0, 1)
            case "{":
                bounds = try braces()
                position -= 1
            default: return node
            }
            position += 1
            if next == "+" { throw failure("possessive quantifiers are not supported") }
            node = .repetition(node, minimum: bounds.minimum, maximum: bounds.maximum, isLazy: skip("?"))
        }
        return node
    }

    /// {n}, {n,} and {n,m}; stands behind the closing brace afterwards.
    private mutating func braces() throws(ExpressionError) -> (Int, Int?) {
        position += 1
        guard let minimum = number() else { throw failure("a number is missing behind {; write \\{ for the character") }
        var maximum: Int? = minimum
        if skip(",") { maximum = number() }
        guard skip("}") else { throw failure("} is missing") }
        if let maximum, maximum < minimum { throw failure("the bounds in {} are in the wrong order") }
        if max(minimum, maximum ?? 0) > Self.maximumRepetition {
            throw failure("something is to be repeated more than \(Self.maximumRepetition) times")
        }
        return (minimum, maximum)
    }

    private mutating func number() -> Int? {
        var value: Int?
        while let scalar = next, let digit = scalar.properties.numericType == .decimal ? Int(scalar.value) - 48 : nil,
            (0...9).contains(digit)
        {
            value = min((value ?? 0) * 10 + digit, 1_000_000)
            position += 1
        }
        return value
    }

    private mutating func atom() throws(ExpressionError) -> RegularExpressionNode {
        guard let scalar = next else { return .empty }
        position += 1
        switch scalar {
        case ".": return .step(.anyButLineEnd)
        case "^": return .step(.textStart)
        case "$": return .step(.textEnd)
        case "(": return try group()
        case "[": return .step(.set(try characterClass()))
        case "\\": return try escape()
        case "*", "+", "?", "{":
            position -= 1
            throw failure("there is nothing to repeat")
        default: return literal(scalar)
        }
    }

    private func literal(_ scalar: Unicode.Scalar) -> RegularExpressionNode {
        if isCaseInsensitive, scalar.isASCII, scalar.properties.isAlphabetic {
            let lower = scalar.value | 0x20
            return .step(.set(CharacterSet(ranges: [lower...lower, lower - 32...lower - 32])))
        }
        return .step(.scalar(scalar.value))
    }

    private mutating func group() throws(ExpressionError) -> RegularExpressionNode {
        var index: Int?
        if skip("?:") {
            // Only holds together.
        } else if next == "?" {
            throw failure("only (?: groups and (?i) at the start are supported, no look-around or named groups")
        } else {
            groupCount += 1
            index = groupCount
        }
        let node = try alternatives()
        guard skip(")") else { throw failure(") is missing") }
        guard let index else { return node }
        return .group(node, index: index)
    }

    private mutating func escape() throws(ExpressionError) -> RegularExpressionNode {
        guard let scalar = next else { throw failure("there is nothing behind \\") }
        if scalar == "b" || scalar == "B" {
            position += 1
            return .step(.wordBoundary(isNegated: scalar == "B"))
        }
        if ("1"..."9").contains(scalar) { throw failure("back references are not supported") }
        if let ranges = shorthand(scalar) {
            position += 1
            return .step(.set(CharacterSet(ranges: ranges)))
        }
        return literal(try escapedScalar())
    }

    private func shorthand(_ scalar: Unicode.Scalar) -> [ClosedRange<UInt32>]? {
        switch scalar {
        case "d": CharacterSet.digits
        case "D": CharacterSet.complement(CharacterSet.digits)
        case "s": CharacterSet.spaces
        case "S": CharacterSet.complement(CharacterSet.spaces)
        case "w": CharacterSet.words
        case "W": CharacterSet.complement(CharacterSet.words)
        default: nil
        }
    }

    /// The character that stands behind a backslash.
    private mutating func escapedScalar() throws(ExpressionError) -> Unicode.Scalar {
        guard let scalar = next else { throw failure("there is nothing behind \\") }
        position += 1
        switch scalar {
        case "n": return "\n"
        case "t": return "\t"
        case "r": return "\r"
        case "f": return "\u{c}"
        default:
            if scalar.isASCII, scalar.properties.isAlphabetic || scalar.properties.numericType != nil {
                throw failure("\\\(scalar) is not supported")
            }
            return scalar
        }
    }

    private mutating func characterClass() throws(ExpressionError) -> CharacterSet {
        var set = CharacterSet()
        set.isNegated = skip("^")
        var isFirst = true
        while let scalar = next {
            if scalar == "]", !isFirst {
                position += 1
                return isCaseInsensitive ? folded(set) : set
            }
            isFirst = false
            if scalar == "[" || scalar == "&" && scalars[position...].starts(with: "&&".unicodeScalars) {
                throw failure("classes inside of classes are not supported; write \\[ for the character")
            }
            position += 1
            var first = scalar
            if scalar == "\\" {
                if let escaped = next, let ranges = shorthand(escaped) {
                    position += 1
                    set.ranges += ranges
                    continue
                }
                first = try escapedScalar()
            }
            set.ranges.append(try range(from: first))
        }
        throw failure("] is missing")
    }

    /// The range that begins with `first`, or just that.
    private mutating func range(from first: Unicode.Scalar) throws(ExpressionError) -> ClosedRange<UInt32> {
        guard next == "-", position + 1 < scalars.count, scalars[position + 1] != "]" else {
            return first.value...first.value
        }
        position += 1
        var last = scalars[position]
        position += 1
        if last == "\\" { last = try escapedScalar() }
        guard first.value <= last.value else { throw failure("a range is in the wrong order") }
        return first.value...last.value
    }

    /// With both cases of ASCII letters.
    private func folded(_ set: CharacterSet) -> CharacterSet {
        var set = set
        for range in set.ranges {
            let upper = range.clamped(to: 65...90)
            if range.overlaps(65...90) { set.ranges.append(upper.lowerBound + 32...upper.upperBound + 32) }
            let lower = range.clamped(to: 97...122)
            if range.overlaps(97...122) { set.ranges.append(lower.lowerBound - 32...lower.upperBound - 32) }
        }
        return set
    }
}
