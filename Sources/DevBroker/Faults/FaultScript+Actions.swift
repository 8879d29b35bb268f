extension FaultScript {
    static let eventNames =
        "pause TIME, crash, disconnect, expire transactions [ID], expire offsets [GROUP], expire members [GROUP], "
        + "recreate topic NAME, shorten topic NAME by N"

    private static let actionNames =
        "drop [before|after], close [before|after], delay [request|reply] TIME, duplicate [after TIME], "
        + "hold TIME, hold until REQUEST [N], error NAME [after], truncate [BYTES], throttle TIME, crash [before|after], "
        + "corrupt WHAT, or an event: \(eventNames)"

    /// What happens to the broker; nil when the word is no event's.
    static func event(_ word: String, _ words: inout FaultLine) throws(DevBrokerError) -> FaultEvent? {
        switch word.lowercased() {
        case "pause": return .pause(milliseconds: try words.duration())
        case "crash": return .crash
        case "disconnect": return .disconnect
        case "expire":
            let what = try words.word("what expires")
            let name = words.isAtEnd ? Glob.any : Glob(try words.word("a name"))
            switch what.lowercased() {
            case "transaction", "transactions": return .expireTransactions(name)
            case "offsets": return .expireOffsets(name)
            case "members": return .expireMembers(name)
            default: throw words.error("transactions, offsets or members expire, not \"\(what)\"")
            }
        case "recreate":
            return .recreateTopics(try topic(&words))
        case "shorten":
            let name = try topic(&words)
            guard words.take("by") else { throw words.error("write shorten topic NAME by NUMBER OF RECORDS") }
            return .shortenTopics(name, count: try words.number("the number of records", in: 1...Int64.max))
        default: return nil
        }
    }

    private static func topic(_ words: inout FaultLine) throws(DevBrokerError) -> Glob {
        guard words.take("topic") else { throw words.error("write topic before the topic's name") }
        return Glob(try words.word("the topic's name"))
    }

    /// Reads one action and puts it into the plan.
    static func readAction(_ words: inout FaultLine, into plan: inout FaultPlan) throws(DevBrokerError) {
        let word = try words.word("an action")
        switch word.lowercased() {
        case "drop": try readLoss(&words, .none, into: &plan)
        case "close": try readLoss(&words, .closed, into: &plan)
        case "delay":
            if words.take("reply") {
                plan.replyDelayMilliseconds = try words.duration()
            } else {
                _ = words.take("request")
                plan.requestDelayMilliseconds = try words.duration()
            }
        case "duplicate":
            plan.application = .twice(afterMilliseconds: words.take("after") ? try words.duration() : 0)
        case "hold":
            plan.application = .parked(try until(&words))
            if plan.delivery == .whole { plan.delivery = .none }
        case "error":
            plan.error = try errorCode(&words)
            if !words.take("after") { plan.application = .never }
        case "truncate":
            plan.delivery = .truncated(byteCount: words.isAtEnd ? nil : try words.number("bytes", in: 0...Int.max))
        case "throttle": plan.throttleMilliseconds = try words.duration()
        case "crash" where words.take("after"): plan.crashesAfterwards = true
        case "crash":
            _ = words.take("before")
            plan.events.append(.crash)
        case "corrupt": plan.delivery = .corrupted(try corruption(&words))
        default:
            guard let event = try event(word, &words) else {
                throw words.error("\"\(word)\" is no action; choose one of \(actionNames)")
            }
            plan.events.append(event)
        }
        try words.end()
    }

    /// `drop` and `close`: before the request is applied unless said otherwise.
    private static func readLoss(
        _ words: inout FaultLine, _ delivery: FaultPlan.Delivery, into plan: inout FaultPlan
    ) throws(DevBrokerError) {
        plan.delivery = delivery
        if words.take("after") { return }
        _ = words.take("before")
        // What is held is applied later, whatever becomes of its connection.
        if case .parked = plan.application { return }
        plan.application = .never
    }

    private static func until(_ words: inout FaultLine) throws(DevBrokerError) -> FaultPlan.Until {
        guard words.take("until") else { return .milliseconds(try words.duration()) }
        let api = try words.api("the request to wait for")
        return .applied(api, count: words.isAtEnd ? 1 : try words.number("how many requests", in: 1...Int.max))
    }

    private static func errorCode(_ words: inout FaultLine) throws(DevBrokerError) -> ErrorCode {
        let text = try words.word("the name of an error")
        guard let error = ErrorCode(name: text) else {
            throw words.error(
                "\"\(text)\" is no error; give its number or one of \(ErrorCode.allNames.joined(separator: ", "))")
        }
        return error
    }

    private static func corruption(_ words: inout FaultLine) throws(DevBrokerError) -> Corruption {
        let word = try words.word("what is corrupt")
        let numbers = Int32.min...Int32.max
        switch word.lowercased() {
        case "length": return .length(try words.number("the length", in: numbers))
        case "correlation": return .correlation
        case "bytes": return .bytes(words.isAtEnd ? 1 : try words.number("bytes", in: 1...Int.max))
        case "versions": return .versions
        case "checksum": return .batches(.checksum)
        case "codec": return .batches(.codec)
        case "magic": return .batches(.magic)
        case "batch-length": return .batches(.length(try words.number("the length", in: numbers)))
        case "record-count": return .batches(.recordCount(try words.number("the count", in: numbers)))
        case "batch-end": return .batches(.cut)
        default:
            throw words.error(
                "\"\(word)\" cannot be corrupted; choose length N, correlation, bytes [N], versions, or in the batches "
                    + "of a Fetch checksum, codec, magic, batch-length N, record-count N, batch-end")
        }
    }
}
