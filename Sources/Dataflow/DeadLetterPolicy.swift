/// What becomes of rows and records that cannot be processed.
package enum RowErrorAction: String, Hashable, Sendable, CaseIterable {
    /// The job stops.
    case fail
    /// They are left out and counted.
    case skip
    /// They are kept with reason and origin, in the same commit as the rest.
    case deadLetter = "dead-letter"
}

/// How many rows may be rejected before the job stops: more than both numbers within a minute are too many.
package struct DeadLetterLimit: Hashable, Sendable {
    package var countPerMinute: Int
    /// Of the rows of the same minute.
    package var percent: Double

    package init(countPerMinute: Int = 100, percent: Double = 1) {
        self.countPerMinute = countPerMinute
        self.percent = percent
    }
}

/// What a vertex does with rows whose expressions fail.
package struct RowErrorPolicy: Hashable, Sendable {
    package var action: RowErrorAction
    package var limit: DeadLetterLimit

    package init(_ action: RowErrorAction = .fail, limit: DeadLetterLimit = DeadLetterLimit()) {
        self.action = action
        self.limit = limit
    }
}
