/// What becomes of rows and records that cannot be processed.
package enum RowErrorAction: String, Hashable, Sendable, CaseIterable {
    /// The job stops.
    case fail
    /// They are left out and counted.
    case skip
    /// They are kept with reason and origin, in the same commit as the rest.
    case deadLetter = "dead-letter"
}

/// How many rows may be rejected before the job stops: more than both numbers are too many.
///
/// Both are needed: a count alone would stop a fast topic for a rare flaw, a share alone a job whose second record is bad. They are counted
/// over a minute, or over as long as it takes until so many rows have come that the count is the share (10,000), so that a slow topic is
/// not emptied below the count of each minute; over a day at most.
package struct DeadLetterLimit: Hashable, Sendable {
    package var count: Int
    /// Of the rows of the same time; 0: the count alone decides, over a minute.
    package var percent: Double

    package init(count: Int = 100, percent: Double = 1) {
        self.count = count
        self.percent = percent
    }

    /// Rows of which the count is the share.
    package var rowCount: Int {
        percent > 0 ? Int(min(Double(Int32.max), (Double(count) * 100 / percent).rounded(.up))) : 0
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
