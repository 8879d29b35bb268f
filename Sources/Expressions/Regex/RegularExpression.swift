/// A regular expression in Java's notation, matched in time proportional to the text: alternatives are followed all at once.
///
/// Known are characters, `.`, classes, `\d \w \s \b` and their opposites, `^ $`, groups, alternatives and quantifiers, greedy and lazy.
/// A repetition whose part matched nothing goes on, where Java's ends: `(a??)+` takes what `a+` does.
/// Look-around, back references and possessive quantifiers, which need more than that, are refused.
struct RegularExpression {
    /// One step of the matching machine.
    enum Step {
        case scalar(UInt32)
        case anyButLineEnd
        case set(CharacterSet)
        /// Goes on at both, the first being preferred.
        case split(Int, Int)
        case jump(Int)
        /// Notes the position in a slot: 2n is the start of group n, 2n + 1 its end.
        case save(Int)
        case textStart, textEnd
        case wordBoundary(isNegated: Bool)
        case match
    }

    let steps: [Step]
    /// Capturing groups, and one for the whole match.
    let groupCount: Int
    /// More steps than a machine may have.
    static let maximumStepCount = 4096

    /// - Throws: `invalidArgument` with what is wrong or not supported.
    init(_ pattern: UnsafeRawBufferPointer) throws(ExpressionError) {
        var parser = RegularExpressionParser(String(decoding: pattern, as: UTF8.self))
        let node = try parser.parse()
        var compiler = RegularExpressionCompiler()
        try compiler.emit(.group(node, index: 0))
        try compiler.append(.match)
        steps = compiler.steps
        groupCount = parser.groupCount + 1
    }
}

/// Ranges of code points.
struct CharacterSet {
    var ranges: [ClosedRange<UInt32>] = []
    var isNegated = false

    func contains(_ scalar: UInt32) -> Bool {
        for range in ranges where range.contains(scalar) { return !isNegated }
        return isNegated
    }

    static let digits: [ClosedRange<UInt32>] = [48...57]
    static let spaces: [ClosedRange<UInt32>] = [9...13, 32...32]
    static let words: [ClosedRange<UInt32>] = [48...57, 65...90, 95...95, 97...122]

    /// What is not in the ranges.
    static func complement(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var result: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound > next { result.append(next...range.lowerBound - 1) }
            next = max(next, range.upperBound + 1)
        }
        if next <= 0x10ffff { result.append(next...0x10ffff) }
        return result
    }
}

/// The parsed form.
indirect enum RegularExpressionNode {
    case empty
    case step(RegularExpression.Step)
    case sequence([RegularExpressionNode])
    case alternatives([RegularExpressionNode])
    /// `maximum` nil: without end.
    case repetition(RegularExpressionNode, minimum: Int, maximum: Int?, isLazy: Bool)
    case group(RegularExpressionNode, index: Int)
}

/// From the parsed form to steps.
struct RegularExpressionCompiler {
    private(set) var steps: [RegularExpression.Step] = []

    mutating func append(_ step: RegularExpression.Step) throws(ExpressionError) {
        guard steps.count < RegularExpression.maximumStepCount else {
            throw ExpressionError(
                .invalidArgument,
                "the regular expression is too large (more than \(RegularExpression.maximumStepCount) steps)")
        }
        steps.append(step)
    }

    mutating func emit(_ node: RegularExpressionNode) throws(ExpressionError) {
        switch node {
        case .empty: break
        case .step(let step): try append(step)
        case .sequence(let nodes): for node in nodes { try emit(node) }
        case .alternatives(let nodes): try emitAlternatives(nodes)
        case .repetition(let node, let minimum, let maximum, let isLazy):
            for _ in 0..<minimum { try emit(node) }
            if let maximum {
                try emitOptional(node, times: maximum - minimum, isLazy: isLazy)
            } else {
                try emitLoop(node, isLazy: isLazy)
            }
        case .group(let node, let index):
            try append(.save(index * 2))
            try emit(node)
            try append(.save(index * 2 + 1))
        }
    }

    private mutating func emitAlternatives(_ nodes: [RegularExpressionNode]) throws(ExpressionError) {
        var jumps: [Int] = []
        for (position, node) in nodes.enumerated() {
            guard position < nodes.count - 1 else {
                try emit(node)
                break
            }
            let split = steps.count
            try append(.split(0, 0))
            try emit(node)
            jumps.append(steps.count)
            try append(.jump(0))
            steps[split] = .split(split + 1, steps.count)
        }
        for jump in jumps { steps[jump] = .jump(steps.count) }
    }

    private mutating func emitLoop(_ node: RegularExpressionNode, isLazy: Bool) throws(ExpressionError) {
        let split = steps.count
        try append(.split(0, 0))
        try emit(node)
        try append(.jump(split))
        steps[split] = isLazy ? .split(steps.count, split + 1) : .split(split + 1, steps.count)
    }

    private mutating func emitOptional(
        _ node: RegularExpressionNode, times: Int, isLazy: Bool
    ) throws(ExpressionError) {
        var splits: [Int] = []
        for _ in 0..<times {
            splits.append(steps.count)
            try append(.split(0, 0))
            try emit(node)
        }
        for split in splits { steps[split] = isLazy ? .split(steps.count, split + 1) : .split(split + 1, steps.count) }
    }
}
