/// Where in a job something happened; every part is optional.
package struct ErrorContext: Hashable, Sendable, CustomStringConvertible {
    package var job: String?
    package var operatorName: String?
    package var subtask: Int?
    /// Kafka's coordinates of the record.
    package var topic: String?
    package var partition: Int32?
    package var offset: Int64?

    package init(
        job: String? = nil, operatorName: String? = nil, subtask: Int? = nil, topic: String? = nil,
        partition: Int32? = nil, offset: Int64? = nil
    ) {
        self.job = job
        self.operatorName = operatorName
        self.subtask = subtask
        self.topic = topic
        self.partition = partition
        self.offset = offset
    }

    package var description: String {
        var parts: [String] = []
        if let job { parts.append("job \(job)") }
        if let operatorName { parts.append("operator \(operatorName)") }
        if let subtask { parts.append("subtask \(subtask)") }
        if let topic { parts.append("topic \(topic)") }
        if let partition { parts.append("partition \(partition)") }
        if let offset { parts.append("offset \(offset)") }
        return parts.joined(separator: ", ")
    }
}

/// Whose fault an error is: what an operator does about it follows from that.
package enum ErrorOrigin: String, Sendable {
    /// The SQL, the configuration or the data: retrying does not help.
    case user
    /// A broker, a database, a disk: it may pass.
    case external
    /// A bug of ours.
    case `internal`
}

/// What every target's error struct answers, so that the service can react and print without knowing the target.
package protocol MillraceError: Error, Sendable, CustomStringConvertible {
    /// What happened and what to do about it; no credentials and no row values.
    var message: String { get }
    var origin: ErrorOrigin { get }
    /// Whether the same attempt may succeed later.
    var isRetriable: Bool { get }
    var context: ErrorContext { get }
}

extension MillraceError {
    package var description: String {
        let place = context.description
        return place.isEmpty ? message : "\(message) [\(place)]"
    }
}
