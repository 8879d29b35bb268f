package import Columnar
package import Dataflow

/// An error of the Kafka connector. `description` never holds credentials or record contents.
package struct KafkaConnectorError: MillraceError {
    /// What went wrong.
    package enum Code: String, Sendable {
        /// An option or property is wrong.
        case configuration
        /// The topic does not exist or may not be seen.
        case topicMissing
        /// The brokers do not answer, or not now.
        case unavailable
        /// The cluster refuses the credentials or the right.
        case unauthorized
        /// The offset to read is no longer, or not yet, in the log.
        case offsetOutOfRange
        /// The log went backwards or holds another record than was read before.
        case logChanged
        /// Record batches came that fail their checksum or do not follow the format.
        case damaged
        /// Another instance took over the transactional id or the group membership.
        case fenced
        /// The transaction cannot commit; it must be aborted and its work done again.
        case abortRequired
        /// The producer cannot be used any more and must be made anew.
        case producerFailed
        /// A record exceeds what the topic takes.
        case recordTooLarge
        /// The record cannot be decoded or encoded.
        case invalidRecord
        /// More records or rows were rejected than the table's options allow.
        case tooManyRejected
        /// A rule of this code was broken.
        case `internal`
    }

    package let code: Code
    /// What happened and how to remedy it.
    package let message: String
    package var context: ErrorContext
    /// librdkafka's name of the error, such as `_TRANSPORT`.
    package let kafkaCode: String?
    package let isRetriable: Bool
    package let cause: (any Error)?

    package init(
        _ code: Code, _ message: String, context: ErrorContext = ErrorContext(), kafkaCode: String? = nil,
        isRetriable: Bool? = nil, cause: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.context = context
        self.kafkaCode = kafkaCode
        self.isRetriable = isRetriable ?? (code == .unavailable || code == .damaged)
        self.cause = cause
    }

    package var origin: ErrorOrigin {
        switch code {
        case .configuration, .topicMissing, .unauthorized, .recordTooLarge, .invalidRecord, .tooManyRejected: .user
        case .unavailable, .offsetOutOfRange, .logChanged, .damaged, .fenced, .abortRequired, .producerFailed: .external
        case .internal: .internal
        }
    }

    package var description: String {
        let place = context.description
        let name = kafkaCode.map { " (\($0))" } ?? ""
        return place.isEmpty ? message + name : "\(message)\(name) [\(place)]"
    }
}

extension KafkaConnectorError {
    /// The error as the runtime understands it, this one kept as its cause.
    package var dataflowError: DataflowError {
        let code: DataflowError.Code =
            switch self.code {
            case .configuration, .topicMissing, .unauthorized: .invalidConfiguration
            case .unavailable, .damaged, .abortRequired, .producerFailed: .unavailable
            case .offsetOutOfRange, .logChanged: .refused
            case .fenced: .fenced
            case .recordTooLarge, .invalidRecord: .invalidData
            case .tooManyRejected: .limitExceeded
            case .internal: .internal
            }
        let name = kafkaCode.map { " (\($0))" } ?? ""
        return DataflowError(code, message + name, context: context, cause: self)
    }
}

extension KafkaConnectorError {
    /// What a step throws whose broker does not answer.
    static var atFailpoint: KafkaConnectorError {
        KafkaConnectorError(.unavailable, "the step was made to fail (MILLRACE_FAILPOINTS)", isRetriable: true)
    }

    /// What a step of a transaction throws that cannot be repeated.
    static var abortAtFailpoint: KafkaConnectorError {
        KafkaConnectorError(.abortRequired, "the transaction was made to fail (MILLRACE_FAILPOINTS)")
    }
}

/// Runs `body` and says its Kafka errors in the runtime's words.
///
/// - Parameter explain: what an error means here, where it means something else than in general.
func translatingErrors<Result>(
    explainedBy explain: (KafkaConnectorError) -> KafkaConnectorError = { $0 }, _ body: () throws -> Result
) throws(DataflowError) -> Result {
    do {
        return try body()
    } catch let error as KafkaConnectorError {
        throw explain(error).dataflowError
    } catch let error as DataflowError {
        throw error
    } catch {
        throw DataflowError(.internal, "unexpected error in the Kafka connector", cause: error)
    }
}
