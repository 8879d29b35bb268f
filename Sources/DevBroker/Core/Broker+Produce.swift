internal import NIOCore

extension Broker {
    /// Appends the batches of a request, each on its own: one that is refused does not keep the others out.
    func produce(_ request: ProduceRequest, _ context: RequestContext) -> ProduceResponse {
        let now = clock.now()
        var response = ProduceResponse()
        response.topics.reserveCapacity(request.topics.count)
        for topicRequest in request.topics {
            var topicResponse = ProduceResponse.Topic()
            topicResponse.name = topicRequest.name
            let topic = topics[topicRequest.name]
            for partitionRequest in topicRequest.partitions {
                let partition = TopicPartition(topicRequest.name, partitionRequest.index)
                let log = topic?.log(partitionRequest.index)
                let result = append(partitionRequest.records, to: partition, log, request, now: now)
                var entry = ProduceResponse.Partition()
                entry.index = partitionRequest.index
                entry.logStartOffset = log?.startOffset ?? -1
                switch result {
                case .appended(let baseOffset), .duplicate(let baseOffset): entry.baseOffset = baseOffset
                case .refused(let error):
                    entry.baseOffset = -1
                    entry.logStartOffset = -1
                    entry.errorCode = error
                }
                topicResponse.partitions.append(entry)
            }
            response.topics.append(topicResponse)
        }
        return response
    }

    private func append(
        _ records: ByteBuffer?, to partition: TopicPartition, _ log: PartitionLog?, _ request: ProduceRequest,
        now: Int64
    ) -> PartitionLog.AppendResult {
        guard (-1...1).contains(request.acks) else { return .refused(.invalidRequiredAcks) }
        guard let log else { return .refused(.unknownTopicOrPartition) }
        guard let records, records.readableBytes > 0 else { return .refused(.invalidRecord) }
        if let error = transactionRefusal(records, to: partition, log, request) { return .refused(error) }
        let result = log.append(records, now: now)
        if case .appended = result {
            waitingFetches.notice(
                partition, byteCount: records.readableBytes, endOffset: log.endOffset,
                stableOffset: log.lastStableOffset)
        }
        return result
    }

    /// Refuses records of a transaction that the coordinator does not know to be open in the partition, because
    /// nobody would ever end it there (KIP-890, part 1).
    private func transactionRefusal(
        _ records: ByteBuffer, to partition: TopicPartition, _ log: PartitionLog, _ request: ProduceRequest
    ) -> ErrorCode? {
        guard let header = RecordBatchHeader(records, at: records.readerIndex), header.magic == 2,
            header.isTransactional
        else { return nil }
        guard let id = request.transactionalId else { return .transactionalIdAuthorizationFailed }
        guard log.openTransactionStart(of: header.producerId) == nil else { return nil }
        let producer = ProducerIdentity(id: header.producerId, epoch: header.producerEpoch)
        let error = transactions.refusal(of: producer, id: id, partition: partition)
        // Clients of these versions do not expect the error here, but retry this one.
        return error == .concurrentTransactions ? .notEnoughReplicas : error
    }
}
