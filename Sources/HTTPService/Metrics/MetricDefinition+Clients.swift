extension MetricDefinition {
    private static let client = ["client"]
    private static let broker = ["client", "broker"]

    static let clientQueuedRecords = MetricDefinition(
        "millrace_client_queued_records", .gauge, client,
        "Records that a producer was handed and that are not acknowledged yet.")
    static let clientQueuedBytes = MetricDefinition(
        "millrace_client_queued_bytes", .gauge, client, "Bytes of those records.")
    static let clientFetchedRecords = MetricDefinition(
        "millrace_client_fetched_records", .gauge, client,
        "Records that a reader has fetched ahead and the job has not taken yet: high while the job is slower than the brokers."
    )
    static let clientFetchedBytes = MetricDefinition(
        "millrace_client_fetched_bytes", .gauge, client, "Bytes of those records.")
    static let sentRecords = MetricDefinition(
        "millrace_partition_sent_records", .counter, ["client", "topic", "partition"],
        "Records sent to a partition, those of transactions that were aborted included.")
    static let sentBytes = MetricDefinition(
        "millrace_partition_sent_bytes", .counter, ["client", "topic", "partition"], "Bytes of those records.")

    static let brokerRoundTrip = MetricDefinition(
        "millrace_broker_round_trip_seconds", .gauge, broker,
        "From a request to its answer, on average over the last interval; fetches wait at the broker.")
    static let brokerSlowestRoundTrip = MetricDefinition(
        "millrace_broker_slowest_round_trip_seconds", .gauge, broker, "The slowest request of the last interval.")
    static let brokerThrottle = MetricDefinition(
        "millrace_broker_throttle_seconds", .gauge, broker,
        "How long a broker made the client wait because of a quota, on average over the last interval.")
    static let brokerWaiting = MetricDefinition(
        "millrace_broker_waiting_requests", .gauge, broker, "Requests that wait to be sent or to be answered.")
    static let brokerRequests = MetricDefinition(
        "millrace_broker_requests", .counter, broker, "Requests sent to a broker.")
    static let brokerSentBytes = MetricDefinition(
        "millrace_broker_sent_bytes", .counter, broker, "Bytes sent to a broker, compressed as they are.")
    static let brokerReceivedBytes = MetricDefinition(
        "millrace_broker_received_bytes", .counter, broker, "Bytes received from a broker, compressed as they are.")
    static let brokerRetries = MetricDefinition(
        "millrace_broker_retries", .counter, broker, "Requests that were sent again.")
    static let brokerErrors = MetricDefinition(
        "millrace_broker_errors", .counter, broker + ["kind"],
        "Requests that failed; kind is send, receive or timeout.")
    static let brokerDisconnects = MetricDefinition(
        "millrace_broker_disconnects", .counter, broker,
        "Connections to a broker that ended; brokers end those that are idle for long.")

    /// What librdkafka counts, told every 10 seconds.
    static let ofClients = [
        clientQueuedRecords, clientQueuedBytes, clientFetchedRecords, clientFetchedBytes, sentRecords, sentBytes,
        brokerRoundTrip, brokerSlowestRoundTrip, brokerThrottle, brokerWaiting, brokerRequests, brokerSentBytes,
        brokerReceivedBytes, brokerRetries, brokerErrors, brokerDisconnects,
    ]
}
