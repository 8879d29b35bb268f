extension Broker {
    private static let latest: Int64 = -1
    private static let earliest: Int64 = -2
    private static let greatestTimestamp: Int64 = -3

    /// Looks offsets up by time.
    func listOffsets(_ request: ListOffsetsRequest) throws(DevBrokerError) -> ListOffsetsResponse {
        var response = ListOffsetsResponse()
        for topicRequest in request.topics {
            var topicResponse = ListOffsetsResponse.Topic()
            topicResponse.name = topicRequest.name
            let topic = topics[topicRequest.name]
            for partitionRequest in topicRequest.partitions {
                var entry = ListOffsetsResponse.Partition()
                entry.partitionIndex = partitionRequest.partitionIndex
                if let log = topic?.log(partitionRequest.partitionIndex) {
                    let limit = request.isolationLevel == 1 ? log.lastStableOffset : log.endOffset
                    try lookUp(partitionRequest, log, limit: limit, into: &entry)
                } else {
                    entry.errorCode = .unknownTopicOrPartition
                }
                topicResponse.partitions.append(entry)
            }
            response.topics.append(topicResponse)
        }
        return response
    }

    private func lookUp(
        _ request: ListOffsetsRequest.Partition, _ log: PartitionLog, limit: Int64,
        into entry: inout ListOffsetsResponse.Partition
    ) throws(DevBrokerError) {
        if let error = leaderEpochError(request.currentLeaderEpoch) {
            entry.errorCode = error
            return
        }
        switch request.timestamp {
        case Self.latest:
            entry.offset = limit
            entry.leaderEpoch = 0
        case Self.earliest:
            entry.offset = log.startOffset
            entry.leaderEpoch = 0
        default:
            let found =
                request.timestamp == Self.greatestTimestamp
                ? try log.maxTimestamp() : try log.offset(atOrAfter: request.timestamp, limit: limit)
            guard let found else { return }
            entry.offset = found.offset
            entry.timestamp = found.timestamp
            entry.leaderEpoch = 0
        }
    }

    /// The end of the only leader epoch there is.
    func offsetForLeaderEpoch(_ request: OffsetForLeaderEpochRequest) -> OffsetForLeaderEpochResponse {
        var response = OffsetForLeaderEpochResponse()
        response.topics = request.topics.map { topicRequest in
            var topicResponse = OffsetForLeaderEpochResponse.Topic()
            topicResponse.topic = topicRequest.topic
            topicResponse.partitions = topicRequest.partitions.map { partitionRequest in
                var entry = OffsetForLeaderEpochResponse.Partition()
                entry.partition = partitionRequest.partition
                guard let log = topics[topicRequest.topic]?.log(partitionRequest.partition) else {
                    entry.errorCode = .unknownTopicOrPartition
                    return entry
                }
                if let error = leaderEpochError(partitionRequest.currentLeaderEpoch) {
                    entry.errorCode = error
                } else if partitionRequest.leaderEpoch == 0 {
                    entry.leaderEpoch = 0
                    entry.endOffset = log.endOffset
                }
                return entry
            }
            return topicResponse
        }
        return response
    }

    /// Moves the start of logs, so that what is before cannot be read any more.
    func deleteRecords(_ request: DeleteRecordsRequest) throws(DevBrokerError) -> DeleteRecordsResponse {
        var response = DeleteRecordsResponse()
        for topicRequest in request.topics {
            var topicResponse = DeleteRecordsResponse.Topic()
            topicResponse.name = topicRequest.name
            for partitionRequest in topicRequest.partitions {
                var entry = DeleteRecordsResponse.Partition()
                entry.partitionIndex = partitionRequest.partitionIndex
                let partition = TopicPartition(topicRequest.name, partitionRequest.partitionIndex)
                if let log = topics[partition.topic]?.log(partition.partition) {
                    let offset = partitionRequest.offset == -1 ? log.endOffset : partitionRequest.offset
                    if offset < 0 || offset > log.endOffset {
                        entry.errorCode = .offsetOutOfRange
                        entry.lowWatermark = -1
                    } else {
                        try moveStart(of: log, partition, to: offset)
                        entry.lowWatermark = log.startOffset
                    }
                } else {
                    entry.errorCode = .unknownTopicOrPartition
                    entry.lowWatermark = -1
                }
                topicResponse.partitions.append(entry)
            }
            response.topics.append(topicResponse)
        }
        return response
    }

    func moveStart(of log: PartitionLog, _ partition: TopicPartition, to offset: Int64) throws(DevBrokerError) {
        guard offset > log.startOffset else { return }
        try record(.logStart(partition, offset: offset))
        try log.deleteRecords(before: offset)
        waitingFetches.notice(changed: partition)
    }
}
