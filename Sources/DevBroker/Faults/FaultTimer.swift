/// One line of a fault script that acts at a time.
package struct FaultTimer: Sendable {
    package var line: Int
    package var text: String
    /// Milliseconds after the script was armed.
    package var startMilliseconds: Int64
    /// Milliseconds between two times; nil for once.
    package var periodMilliseconds: Int64?
    package var event: FaultEvent
    package private(set) var hitCount = 0
    /// When the line acts next; nil when never.
    package private(set) var deadline: Int64?

    package init(line: Int, text: String, startMilliseconds: Int64, periodMilliseconds: Int64?, event: FaultEvent) {
        self.line = line
        self.text = text
        self.startMilliseconds = startMilliseconds
        self.periodMilliseconds = periodMilliseconds
        self.event = event
    }

    mutating func arm(now: Int64) { deadline = now + startMilliseconds }

    mutating func takeDue(now: Int64) -> Bool {
        guard let deadline, deadline <= now else { return false }
        hitCount += 1
        self.deadline = periodMilliseconds.map { max(deadline + $0, now + 1) }
        return true
    }
}
