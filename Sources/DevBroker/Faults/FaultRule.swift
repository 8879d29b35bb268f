/// One line of a fault script that concerns requests: which ones, and what goes wrong with them.
package struct FaultRule: Sendable {
    /// Which of the requests that fit are hit, counted from 1.
    package enum Choice: Sendable, Equatable {
        case all
        case range(ClosedRange<Int>)
        case every(Int)
        /// Between 0 and 1.
        case chance(Double)
    }

    /// Where the line stands in the script, from 1.
    package var line: Int
    package var text: String
    package var apis: Set<ApiKey> = []
    package var choice = Choice.all
    /// Most hits.
    package var maxHitCount = Int.max
    /// Since the script was armed; earlier requests are not counted.
    package var startMilliseconds: Int64 = 0
    /// From the first hit on, every request that fits is hit for so long.
    package var windowMilliseconds: Int64?
    /// From the first hit on, every request that fits is hit until one of this kind is seen.
    package var windowEnd: ApiKey?
    package var client: Glob?
    package var transaction: Glob?
    package var group: Glob?
    package var topic: Glob?
    package var plan = FaultPlan()

    /// Requests that fitted so far.
    package private(set) var seenCount = 0
    package private(set) var hitCount = 0
    /// When the window that is open closes.
    private var openUntil: Int64?
    private var isOver = false

    package init(line: Int, text: String) {
        self.line = line
        self.text = text
    }

    /// Whether the names inside requests matter.
    package var readsSubject: Bool { transaction != nil || group != nil || topic != nil }

    private var hasWindow: Bool { windowMilliseconds != nil || windowEnd != nil }

    /// Whether a request is hit; counts it when it fits.
    ///
    /// - Parameters:
    ///   - elapsed: Milliseconds since the script was armed.
    ///   - random: Gives a number from 0 up to 1.
    mutating func hits(_ request: FaultRequest, elapsed: Int64, random: () -> Double) -> Bool {
        closeWindow(request, elapsed: elapsed)
        guard elapsed >= startMilliseconds, fits(request) else { return false }
        seenCount += 1
        guard !isOver, hitCount < maxHitCount, openUntil != nil || isChosen(random) else { return false }
        hitCount += 1
        if hasWindow && openUntil == nil { openUntil = windowMilliseconds.map { elapsed + $0 } ?? .max }
        return true
    }

    private mutating func closeWindow(_ request: FaultRequest, elapsed: Int64) {
        guard let openUntil, openUntil <= elapsed || request.api == windowEnd else { return }
        self.openUntil = nil
        // A line that takes every further request would open its window again at once.
        switch choice {
        case .all: isOver = true
        case .range(let range): isOver = range.upperBound == .max
        case .every, .chance: break
        }
    }

    private func fits(_ request: FaultRequest) -> Bool {
        guard apis.contains(request.api) else { return false }
        if let client, !client.matches(request.clientId) { return false }
        let subject = request.subject
        if let transaction, !(subject.transactionalId.map(transaction.matches) ?? false) { return false }
        if let group, !subject.groups.contains(where: group.matches) { return false }
        if let topic, !subject.topics.contains(where: topic.matches) { return false }
        return true
    }

    private func isChosen(_ random: () -> Double) -> Bool {
        switch choice {
        case .all: true
        case .range(let range): range.contains(seenCount)
        case .every(let count): seenCount % count == 0
        case .chance(let chance): random() < chance
        }
    }
}

/// What a fault script knows of a request.
package struct FaultRequest: Sendable {
    package var api: ApiKey
    package var clientId: String
    package var subject: FaultSubject

    package init(_ api: ApiKey, clientId: String = "", subject: FaultSubject = FaultSubject()) {
        self.api = api
        self.clientId = clientId
        self.subject = subject
    }
}
