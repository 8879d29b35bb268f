/// The coordinator's view of one transactional id.
package struct Transaction: Sendable, Equatable {
    /// Where the transaction stands.
    package enum State: Int8, CaseIterable, Sendable {
        case empty = 0
        case ongoing = 1
        case prepareCommit = 2
        case prepareAbort = 3
        case completeCommit = 4
        case completeAbort = 5

        /// Kafka's name of the state.
        package var name: String {
            switch self {
            case .empty: "Empty"
            case .ongoing: "Ongoing"
            case .prepareCommit: "PrepareCommit"
            case .prepareAbort: "PrepareAbort"
            case .completeCommit: "CompleteCommit"
            case .completeAbort: "CompleteAbort"
            }
        }

        /// The names of all states.
        static var allNames: Set<String> { Set(allCases.map(\.name)) }

        /// Whether the decision is made but not yet written to every partition.
        package var isPrepared: Bool { self == .prepareCommit || self == .prepareAbort }
    }

    package var id: String
    package var producer: ProducerIdentity
    /// The epoch before the last increment that a client asked for; recognises its retry.
    package var lastEpoch: Int16 = -1
    /// The producer id before epochs ran out.
    package var previousProducerId: Int64 = -1
    package var timeoutMilliseconds: Int32
    package var state = State.empty
    package var partitions: Set<TopicPartition> = []
    /// Groups whose offsets take part.
    package var groups: Set<String> = []
    /// Milliseconds since 1970; -1 when none is open.
    package var startedAt: Int64 = -1
    package var updatedAt: Int64

    /// When the markers of a prepared transaction are to be written. Not kept across restarts: then they are due.
    package var completesAt: Int64 = 0

    package init(
        id: String, producer: ProducerIdentity, lastEpoch: Int16 = -1, previousProducerId: Int64 = -1,
        timeoutMilliseconds: Int32, state: State = .empty, partitions: Set<TopicPartition> = [],
        groups: Set<String> = [], startedAt: Int64 = -1, updatedAt: Int64
    ) {
        self.id = id
        self.producer = producer
        self.lastEpoch = lastEpoch
        self.previousProducerId = previousProducerId
        self.timeoutMilliseconds = timeoutMilliseconds
        self.state = state
        self.partitions = partitions
        self.groups = groups
        self.startedAt = startedAt
        self.updatedAt = updatedAt
    }
}
