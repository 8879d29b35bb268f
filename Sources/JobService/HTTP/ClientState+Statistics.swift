internal import Dataflow
internal import HTTPService

extension ClientState {
    init(_ statistics: ClientStatistics) {
        self.init(name: statistics.client)
        queuedRecords = statistics.queuedCount
        queuedBytes = statistics.queuedByteCount
        fetchedRecords = statistics.fetchedCount
        fetchedBytes = statistics.fetchedByteCount
        brokers = statistics.servers.map(Broker.init)
        partitions = statistics.partitions.map {
            Partition(
                topic: $0.id.topic, partition: $0.id.partition, sentRecords: $0.sentCount, sentBytes: $0.sentByteCount)
        }
    }
}

extension ClientState.Broker {
    fileprivate init(_ server: ClientStatistics.Server) {
        self.init(address: server.address)
        roundTripMilliseconds = server.roundTripMicroseconds.map { Double($0) / 1000 }
        slowestRoundTripMilliseconds = server.slowestRoundTripMicroseconds.map { Double($0) / 1000 }
        throttleMilliseconds = Double(server.throttleMilliseconds)
        waitingRequests = server.waitingRequestCount
        requests = server.requestCount
        sentBytes = server.sentByteCount
        receivedBytes = server.receivedByteCount
        retries = server.retryCount
        sendErrors = server.sendErrorCount
        receiveErrors = server.receiveErrorCount
        timeouts = server.timeoutCount
        disconnects = server.disconnectCount
    }
}
