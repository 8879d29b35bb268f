import CKafka

/// What operators and brokers do to topics beside a job: delete, cut off, widen.
final class TopicSurgery {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private let client: OpaquePointer

    init(_ cluster: TestCluster) throws {
        var text = [CChar](repeating: 0, count: 512)
        let configuration = rd_kafka_conf_new()
        rd_kafka_conf_set(configuration, "bootstrap.servers", cluster.bootstrapServers, &text, text.count)
        guard let made = rd_kafka_new(RD_KAFKA_PRODUCER, configuration, &text, text.count) else {
            throw Failure(description: "no client")
        }
        client = made
    }

    deinit { rd_kafka_destroy(client) }

    private func ask(_ request: (OpaquePointer) -> Void) throws {
        guard let queue = rd_kafka_queue_new(client) else { throw Failure(description: "no queue") }
        defer { rd_kafka_queue_destroy(queue) }
        request(queue)
        guard let event = rd_kafka_queue_poll(queue, 30_000) else { throw Failure(description: "no answer") }
        defer { rd_kafka_event_destroy(event) }
        let code = rd_kafka_event_error(event)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
            throw Failure(description: String(cString: rd_kafka_err2str(code)))
        }
    }

    func delete(_ topic: String) throws {
        var request = rd_kafka_DeleteTopic_new(topic)
        defer { rd_kafka_DeleteTopic_destroy(request) }
        try ask { rd_kafka_DeleteTopics(client, &request, 1, nil, $0) }
    }

    /// Removes the records before `offset`, as retention does.
    func deleteRecords(of topic: String, partition: Int32 = 0, before offset: Int64) throws {
        let list = rd_kafka_topic_partition_list_new(1)
        defer { rd_kafka_topic_partition_list_destroy(list) }
        rd_kafka_topic_partition_list_add(list, topic, partition).pointee.offset = offset
        var request = rd_kafka_DeleteRecords_new(list)
        defer { rd_kafka_DeleteRecords_destroy(request) }
        try ask { rd_kafka_DeleteRecords(client, &request, 1, nil, $0) }
    }

    func widen(_ topic: String, to partitions: Int) throws {
        var text = [CChar](repeating: 0, count: 512)
        var request = rd_kafka_NewPartitions_new(topic, partitions, &text, text.count)
        defer { rd_kafka_NewPartitions_destroy(request) }
        try ask { rd_kafka_CreatePartitions(client, &request, 1, nil, $0) }
    }
}
