internal import NIOCore

extension Broker {
    /// Answers with what there is, or holds the request when that is too little.
    func fetch(_ request: FetchRequest, _ context: RequestContext) throws(DevBrokerError) -> Outcome {
        guard request.sessionId == 0 else {
            var response = FetchResponse()
            response.errorCode = .fetchSessionIdNotFound
            return try reply(response, .fetch, context)
        }
        let result = try read(request)
        let isEnough = result.byteCount >= Int(request.minBytes) || result.hasError
        let hasNothingToWaitFor = request.topics.allSatisfy { $0.partitions.isEmpty }
        guard !isEnough, request.maxWaitMilliseconds > 0, !hasNothingToWaitFor else {
            return try reply(result.response, .fetch, context)
        }
        waitingFetches.add(
            WaitingFetches.Waiting(
                request: request, context: context, deadline: clock.now() + Int64(request.maxWaitMilliseconds),
                availableByteCount: result.byteCount))
        return .held
    }

    /// Answers a request that was held.
    ///
    /// - Parameter isFinal: Whether to answer even when there is nothing.
    func answer(_ fetch: WaitingFetches.Waiting, isFinal: Bool) throws(DevBrokerError) {
        try send(read(fetch.request).response, .fetch, to: fetch.context.connection)
    }

    /// What can be read now, within the request's limits.
    private func read(
        _ request: FetchRequest
    ) throws(DevBrokerError) -> (response: FetchResponse, byteCount: Int, hasError: Bool) {
        var response = FetchResponse()
        var byteCount = 0
        var hasError = false
        let maxBytes = min(Int(request.maxBytes), configuration.maxFetchByteCount)
        for topicRequest in request.topics {
            var topicResponse = FetchResponse.Topic()
            topicResponse.topic = topicRequest.topic
            topicResponse.partitions.reserveCapacity(topicRequest.partitions.count)
            let topic = topics[topicRequest.topic]
            for partitionRequest in topicRequest.partitions {
                let entry = try read(
                    partitionRequest, topic?.log(partitionRequest.partition), isCommitted: request.isolationLevel == 1,
                    remainingByteCount: maxBytes - byteCount, isFirst: byteCount == 0)
                byteCount += entry.records?.readableBytes ?? 0
                if entry.errorCode != .none { hasError = true }
                topicResponse.partitions.append(entry)
            }
            response.topics.append(topicResponse)
        }
        return (response, byteCount, hasError)
    }

    private func read(
        _ request: FetchRequest.Partition, _ log: PartitionLog?, isCommitted: Bool, remainingByteCount: Int,
        isFirst: Bool
    ) throws(DevBrokerError) -> FetchResponse.Partition {
        var entry = FetchResponse.Partition()
        entry.partitionIndex = request.partition
        entry.records = ByteBuffer()
        entry.abortedTransactions = isCommitted ? [] : nil
        guard let log else {
            entry.errorCode = .unknownTopicOrPartition
            entry.highWatermark = -1
            return entry
        }
        if let error = leaderEpochError(request.currentLeaderEpoch) {
            entry.errorCode = error
            entry.highWatermark = -1
            return entry
        }
        entry.highWatermark = log.endOffset
        entry.lastStableOffset = log.lastStableOffset
        entry.logStartOffset = log.startOffset
        guard request.fetchOffset >= log.startOffset, request.fetchOffset <= log.endOffset else {
            entry.errorCode = .offsetOutOfRange
            return entry
        }
        let limit = isCommitted ? log.lastStableOffset : log.endOffset
        let maxBytes = min(Int(request.partitionMaxBytes), remainingByteCount)
        guard request.fetchOffset < limit, maxBytes > 0 || isFirst else { return entry }
        let range = PartitionLog.ReadRange(
            offset: request.fetchOffset, limit: limit, maxBytes: max(0, maxBytes), includesFirst: isFirst)
        let result = try log.read(range)
        entry.records = result.records
        if isCommitted && result.records.readableBytes > 0 {
            entry.abortedTransactions = log.transactions.aborted(from: request.fetchOffset, to: result.nextOffset)
        }
        return entry
    }

    /// The only leader epoch is 0; a client that knows another one knows another broker.
    func leaderEpochError(_ epoch: Int32) -> ErrorCode? {
        epoch > 0 ? .unknownLeaderEpoch : nil
    }
}
