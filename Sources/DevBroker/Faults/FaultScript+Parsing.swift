extension FaultScript {
    /// Reads a script from text.
    ///
    /// - Throws: `configuration`, naming the line, what is wrong with it, and what may stand there.
    package init(parsing text: String) throws(DevBrokerError) {
        self.init()
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let content = Self.withoutComment(line)
            guard !content.allSatisfy(\.isWhitespace) else { continue }
            try read(content, line: index + 1)
        }
    }

    /// A `#` at the start of a word begins a comment.
    private static func withoutComment(_ line: Substring) -> String {
        var previous: Character = " "
        for index in line.indices {
            if line[index] == "#" && previous.isWhitespace { return String(line[..<index]) }
            previous = line[index]
        }
        return String(line)
    }

    private mutating func read(_ text: String, line: Int) throws(DevBrokerError) {
        var words = FaultLine(text, line: line)
        if words.take("seed") {
            seed = try words.number("the seed", in: 0...UInt64.max)
            return try words.end()
        }
        guard let arrow = text.range(of: "->") else {
            throw words.error("a line is WHICH REQUESTS -> WHAT GOES WRONG, at TIME -> EVENT, or seed NUMBER")
        }
        var left = FaultLine(text[..<arrow.lowerBound], line: line)
        let right = text[arrow.upperBound...]
        let summary = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        if ["at", "every"].contains(left.peeked?.lowercased()) {
            var action = FaultLine(right, line: line)
            timers.append(try Self.timer(&left, &action, text: summary))
        } else {
            var rule = FaultRule(line: line, text: summary)
            try Self.readChoice(&left, into: &rule)
            for part in right.split(separator: ",", omittingEmptySubsequences: false) {
                var action = FaultLine(part, line: line)
                try Self.readAction(&action, into: &rule.plan)
            }
            rules.append(rule)
        }
    }

    private static func timer(
        _ left: inout FaultLine, _ action: inout FaultLine, text: String
    ) throws(DevBrokerError) -> FaultTimer {
        let start = left.take("at") ? try left.duration() : nil
        let period = left.take("every") ? try left.duration() : nil
        try left.end()
        if period == 0 { throw left.error("the time between two events is at least 1ms") }
        let word = try action.word("an event")
        guard let event = try event(word, &action) else {
            throw action.error("\"\(word)\" is no event; choose one of \(eventNames)")
        }
        try action.end()
        return FaultTimer(
            line: left.line, text: text, startMilliseconds: start ?? period ?? 0, periodMilliseconds: period,
            event: event)
    }

    // MARK: Which requests

    /// Names for several requests at once.
    private static let kinds: [String: Set<ApiKey>] = [
        "any": Set(ApiKey.allCases),
        "data": [.produce, .fetch, .listOffsets],
        "groups": [
            .joinGroup, .syncGroup, .heartbeat, .leaveGroup, .offsetCommit, .offsetFetch, .txnOffsetCommit,
        ],
        "transactions": [.initProducerId, .addPartitionsToTxn, .addOffsetsToTxn, .endTxn],
    ]

    private static func readChoice(_ words: inout FaultLine, into rule: inout FaultRule) throws(DevBrokerError) {
        for name in try words.word("the name of a request").split(separator: ",") {
            if let kind = kinds[name.lowercased()] {
                rule.apis.formUnion(kind)
            } else if let api = ApiKey(name: String(name)) {
                rule.apis.insert(api)
            } else {
                throw words.error(
                    "\"\(name)\" is no request; choose any, data, groups, transactions, or one of \(FaultLine.apiNames)"
                )
            }
        }
        while !words.isAtEnd { try readCondition(&words, into: &rule) }
    }

    private static func readCondition(_ words: inout FaultLine, into rule: inout FaultRule) throws(DevBrokerError) {
        let word = try words.word("a condition")
        switch word.lowercased() {
        case "request", "requests": rule.choice = .range(try range(&words))
        case "every": rule.choice = .every(try words.number("every", in: 1...Int.max))
        case "chance": rule.choice = .chance(try chance(&words))
        case "times": rule.maxHitCount = try words.number("times", in: 1...Int.max)
        case "after": rule.startMilliseconds = try words.duration()
        case "for": rule.windowMilliseconds = try words.duration()
        case "until": rule.windowEnd = try words.api("the request that ends it")
        default:
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[1].isEmpty else {
                throw words.error("\"\(word)\" is no condition; choose one of \(conditionNames)")
            }
            let glob = Glob(String(parts[1]))
            switch parts[0].lowercased() {
            case "client": rule.client = glob
            case "transaction": rule.transaction = glob
            case "group": rule.group = glob
            case "topic": rule.topic = glob
            default: throw words.error("\"\(parts[0])=\" is no filter; choose one of \(conditionNames)")
            }
        }
    }

    private static let conditionNames =
        "request N, requests N..M, requests N.., every N, chance P%, times N, after TIME, for TIME, until REQUEST, "
        + "client=NAME, transaction=ID, group=NAME, topic=NAME"

    /// `N`, `N..M` or `N..`.
    private static func range(_ words: inout FaultLine) throws(DevBrokerError) -> ClosedRange<Int> {
        let text = try words.word("the number of the request")
        guard let dots = text.range(of: "..") else {
            guard let number = Int(text), number > 0 else { throw words.error(notRange(text)) }
            return number...number
        }
        let end = text[dots.upperBound...]
        guard let first = Int(text[..<dots.lowerBound]), let last = end.isEmpty ? Int.max : Int(end), first > 0,
            first <= last
        else { throw words.error(notRange(text)) }
        return first...last
    }

    private static func notRange(_ text: String) -> String {
        "requests are counted from 1 and written as 3, 3..5 or 3.., not \"\(text)\""
    }

    private static func chance(_ words: inout FaultLine) throws(DevBrokerError) -> Double {
        let text = try words.word("the chance")
        guard text.hasSuffix("%"), let percent = Double(text.dropLast()), (0...100).contains(percent) else {
            throw words.error("a chance is written as 5% or 0.1%, not \"\(text)\"")
        }
        return percent / 100
    }
}

extension StringProtocol {
    /// Where a text first stands.
    fileprivate func range(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
