/// Why a job does not start: going on could lose or double rows. Says what was found and how to go on.
package struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was found that would break exactly-once.
    package enum Code: String, Hashable, Sendable, CaseIterable {
        /// The decider has nothing, but the store has committed checkpoints.
        case commitsMissing
        /// The decider names a checkpoint that the store does not have.
        case checkpointMissing
        /// Offsets or bookkeeping that this job did not write.
        case foreign
        /// The decider's offsets are not those of the checkpoint it names.
        case offsetsDiffer
        /// A follower has committed what the decider has not, or belongs to another history.
        case followerAhead
        /// A follower lacks epochs whose rows are no longer kept.
        case redoMissing
        /// A file of the committed checkpoint is missing or damaged.
        case unreadable
        /// The checkpoint asked for does not exist.
        case unknownCheckpoint

        /// Whether it was found by comparing what several fences and the store said.
        var dependsOnFences: Bool {
            switch self {
            case .commitsMissing, .checkpointMissing, .offsetsDiffer, .followerAhead, .redoMissing: true
            case .foreign, .unreadable, .unknownCheckpoint: false
            }
        }
    }

    package var code: Code
    package var participant: String?
    package var found: String
    /// Checkpoints that could be started from, newest first.
    package var choices: [Int64]

    package init(_ code: Code, participant: String? = nil, found: String, choices: [Int64]) {
        self.code = code
        self.participant = participant
        self.found = found
        self.choices = choices
    }

    package var description: String {
        var text = "refusing to start: \(found)"
        let newest = choices.first.map { "--from-checkpoint \($0)" }
        let known = choices.prefix(5).map(String.init).joined(separator: ", ")
        switch code {
        case .unknownCheckpoint:
            text += choices.isEmpty ? "; the store has no checkpoint" : "; the newest are \(known)"
        default:
            if let newest {
                text += "; to go on from a checkpoint all the same: millrace run PIPELINE.sql \(newest)"
            }
            text += "; to start over: millrace run PIPELINE.sql --from-checkpoint none"
            text += " (rows already written by later epochs stay in the sinks)"
        }
        text += " [\(code.rawValue) in the runbook]"
        return text
    }
}
