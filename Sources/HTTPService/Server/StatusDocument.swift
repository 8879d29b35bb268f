/// The answer of `/api/v1/status`: a snapshot and what it means.
package struct StatusDocument: Codable, Sendable, Hashable {
    package var snapshot: JobSnapshot
    package var why: [Finding]
    package var readiness: Readiness

    /// Checkpoints that are shown.
    package static let checkpointCount = 60

    package init(_ snapshot: JobSnapshot) {
        var shown = snapshot
        // Where each of them stood is asked for by itself, its records' delays are a metric.
        shown.checkpoints = snapshot.checkpoints.suffix(Self.checkpointCount).map { checkpoint in
            var checkpoint = checkpoint
            checkpoint.offsets = []
            checkpoint.delays = []
            return checkpoint
        }
        self.snapshot = shown
        why = Explanation.findings(snapshot)
        readiness = Readiness(snapshot)
    }
}

/// An error of the API.
package struct ErrorDocument: Codable, Sendable, Hashable {
    package var code: String
    package var message: String

    package init(code: String, message: String) {
        self.code = code
        self.message = message
    }
}

/// What an action has led to so far.
package struct ActionDocument: Codable, Sendable, Hashable {
    package var action: String
    /// The last committed checkpoint when the action was asked for.
    package var epoch: Int64
    package var message: String

    package init(action: String, epoch: Int64, message: String) {
        self.action = action
        self.epoch = epoch
        self.message = message
    }
}

/// Bodies of actions.
package struct ActionRequest: Codable, Sendable, Hashable {
    /// Of `stop`: keep the last checkpoint as a savepoint.
    package var savepoint: Bool?
    /// Of `log-level`.
    package var level: String?

    package init(savepoint: Bool? = nil, level: String? = nil) {
        self.savepoint = savepoint
        self.level = level
    }
}
