/// What is to go wrong in a broker, and when: a value that is asked about every request, without sockets or clock.
///
/// Written as text, one line for each fault; see `help`.
package struct FaultScript: Sendable {
    /// The lines about requests, in order; of several that hit the same request the first one acts.
    package internal(set) var rules: [FaultRule] = []
    /// The lines about times, in order.
    package internal(set) var timers: [FaultTimer] = []
    /// When the script began to count, in milliseconds.
    private var armedAt: Int64?
    private var random = SplitMix64(state: 1)

    /// The script in which nothing goes wrong.
    package init() {}

    /// Where random numbers start; a script hits the same requests with the same seed.
    package var seed: UInt64 = 1 {
        didSet { random = SplitMix64(state: seed) }
    }

    /// Whether nothing can go wrong any more.
    package var isEmpty: Bool { rules.isEmpty && timers.isEmpty }

    /// Whether some line asks for names inside requests of a kind.
    package func readsSubject(of api: ApiKey) -> Bool {
        rules.contains { $0.readsSubject && $0.apis.contains(api) }
    }

    /// Starts the clock of the lines that speak of times.
    package mutating func arm(now: Int64) {
        armedAt = now
        for index in timers.indices { timers[index].arm(now: now) }
    }

    /// One line that acts.
    package struct Hit: Sendable, Equatable {
        package var line: Int
        package var text: String
        package var plan: FaultPlan
    }

    /// What goes wrong with a request; nil when nothing does. Every line counts it.
    package mutating func decide(_ request: FaultRequest, now: Int64) -> Hit? {
        let elapsed = now - (armedAt ?? now)
        if armedAt == nil { arm(now: now) }
        var found: Hit?
        for index in rules.indices {
            let isHit = rules[index].hits(request, elapsed: elapsed) { Double.random(in: 0..<1, using: &random) }
            if isHit && found == nil {
                found = Hit(line: rules[index].line, text: rules[index].text, plan: rules[index].plan)
            }
        }
        return found
    }

    /// The events that have become due.
    package mutating func takeDue(now: Int64) -> [Hit] {
        timers.indices.compactMap { index in
            guard timers[index].takeDue(now: now) else { return nil }
            var plan = FaultPlan()
            plan.events = [timers[index].event]
            return Hit(line: timers[index].line, text: timers[index].text, plan: plan)
        }
    }

    /// When `takeDue` next has something; nil when never.
    package var nextDeadline: Int64? { timers.compactMap(\.deadline).min() }

    /// How often a line has acted.
    package func hitCount(line: Int) -> Int {
        rules.reduce(0) { $0 + ($1.line == line ? $1.hitCount : 0) }
            + timers.reduce(0) { $0 + ($1.line == line ? $1.hitCount : 0) }
    }
}
