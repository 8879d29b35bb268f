/// A system that has failed again and again and not come through yet, while the attempt goes on.
package struct SystemTrouble: Codable, Sendable, Hashable {
    package var since: Int64
    /// How often it was tried again.
    package var retries: Int
    package var error: String

    package init(since: Int64, retries: Int, error: String) {
        self.since = since
        self.retries = retries
        self.error = error
    }
}

/// A table that is written, whatever its delivery guarantee.
package struct SinkState: Codable, Sendable, Hashable {
    /// The operator's id and name.
    package var id: String
    package var name: String
    package var table: String
    package var connector: String
    /// The system that its rows are committed with; nil where they are visible as they are written.
    package var participant: String?
    /// Rows taken in this attempt, committed or not, and their bytes in the form in which they are sent.
    package var rows: Int
    package var bytes: Int
    /// Rows of all committed checkpoints since the job was created; nil where that is not known.
    package var committedRows: Int?
    /// The last checkpoint that its participant has committed in this process; nil without one.
    package var epoch: Int64?
    /// Commits of its participant that failed.
    package var failures: Int
    /// What was tried again, by the sink or its participant, in this process.
    package var retries: Int
    package var lastError: String?
    package var trouble: SystemTrouble?

    package init(_ vertex: OperatorState, table: String, connector: String, participant: ParticipantState?) {
        id = vertex.id
        name = vertex.name
        self.table = table
        self.connector = connector
        self.participant = participant?.id
        rows = vertex.rowsIn
        bytes = vertex.bytesOut
        epoch = participant?.epoch
        failures = participant?.failures ?? 0
        retries = vertex.retries + (participant?.retries ?? 0)
        lastError = participant?.lastError ?? vertex.lastRetryError
        trouble = vertex.trouble ?? participant?.trouble
    }
}
