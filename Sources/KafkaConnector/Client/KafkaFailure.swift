internal import CKafka
internal import Columnar

/// Runs a call of the C layer and throws what it reports.
///
/// - Parameter body: returns whether the call succeeded.
func checkingFailure<Result>(
    _ context: ErrorContext = ErrorContext(), _ body: (inout ckafka_failure) -> Result
) throws(KafkaConnectorError) -> Result {
    var failure = ckafka_failure()
    let result = body(&failure)
    defer { ckafka_failure_clear(&failure) }
    if failure.code != 0 { throw KafkaConnectorError(failure, context: context) }
    return result
}

extension KafkaConnectorError {
    init(_ failure: ckafka_failure, context: ErrorContext = ErrorContext()) {
        let text = failure.text.map { String(cString: $0) } ?? "Kafka reported an error"
        let kafkaCode = rd_kafka_resp_err_t(failure.code)
        let code: Code =
            if Self.isFencing(kafkaCode) {
                .fenced
            } else if failure.fatal {
                .producerFailed
            } else if failure.requires_abort {
                .abortRequired
            } else {
                Self.code(of: kafkaCode, isRetriable: failure.retriable)
            }
        self.init(
            code, Self.remedy(code, text), context: context, kafkaCode: String(cString: ckafka_code_name(failure.code)),
            isRetriable: failure.retriable)
    }

    /// An error that a consumer or the client as a whole reported by its code alone.
    init(code: Int32, text: String, context: ErrorContext = ErrorContext()) {
        let kafkaCode = rd_kafka_resp_err_t(code)
        let ours = Self.isFencing(kafkaCode) ? .fenced : Self.code(of: kafkaCode, isRetriable: false)
        self.init(
            ours, Self.remedy(ours, text), context: context, kafkaCode: String(cString: ckafka_code_name(code)))
    }

    /// The error of a record that was given up: no call mends it, only doing the transaction again.
    init(undelivered code: Int32) {
        let text = "a record could not be delivered: \(String(cString: rd_kafka_err2str(rd_kafka_resp_err_t(code))))"
        let kafkaCode = rd_kafka_resp_err_t(code)
        let known = Self.isFencing(kafkaCode) ? .fenced : Self.code(of: kafkaCode, isRetriable: false)
        let ours: Code = known == .unavailable || known == .internal ? .abortRequired : known
        self.init(
            ours, Self.remedy(ours, text), kafkaCode: String(cString: ckafka_code_name(code)), isRetriable: false)
    }

    /// Codes by which a cluster says that a newer instance holds the transactional id or the group membership.
    private static func isFencing(_ code: rd_kafka_resp_err_t) -> Bool {
        switch code {
        case RD_KAFKA_RESP_ERR__FENCED, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, RD_KAFKA_RESP_ERR_PRODUCER_FENCED,
            RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, RD_KAFKA_RESP_ERR_TRANSACTION_COORDINATOR_FENCED:
            true
        default: false
        }
    }

    private static func code(of code: rd_kafka_resp_err_t, isRetriable: Bool) -> Code {
        switch code {
        case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC,
            RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
            .topicMissing
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
            RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
            RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, RD_KAFKA_RESP_ERR__AUTHENTICATION:
            .unauthorized
        case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET: .offsetOutOfRange
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE: .recordTooLarge
        case RD_KAFKA_RESP_ERR__BAD_MSG, RD_KAFKA_RESP_ERR__BAD_COMPRESSION, RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED:
            .damaged
        case RD_KAFKA_RESP_ERR__INVALID_ARG, RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT: .configuration
        default: isRetriable || isConnectionTrouble(code) ? .unavailable : .internal
        }
    }

    /// Troubles that pass by themselves: librdkafka connects again, another broker has just taken over.
    private static func isConnectionTrouble(_ code: rd_kafka_resp_err_t) -> Bool {
        switch code {
        case RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__RESOLVE,
            RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, RD_KAFKA_RESP_ERR__SSL,
            RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
            RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
            true
        default: false
        }
    }

    private static func remedy(_ code: Code, _ text: String) -> String {
        switch code {
        case .fenced: "another instance of this job has taken over: stop one of the two (\(text))"
        case .unauthorized: "the cluster refuses access: check the credentials and the rights of this user (\(text))"
        case .topicMissing: "the topic or partition does not exist: create it or correct the name (\(text))"
        case .damaged:
            "records came damaged and are read again; if it stays so, the broker's log or the way to it is broken (\(text))"
        case .recordTooLarge: "a record is larger than the topic takes: raise max.message.bytes (\(text))"
        default: text
        }
    }
}
