/// What a connector's client counts of itself and of the servers that it talks to. Sums are since the client was made; durations are
/// of the last interval. Pure value.
package struct ClientStatistics: Hashable, Sendable {
    /// One server, all connections to it together.
    package struct Server: Hashable, Sendable {
        /// `host:port`.
        package var address: String
        /// Averages over the requests of the last interval, in microseconds; nil where there were none.
        package var roundTripMicroseconds: Int?
        package var slowestRoundTripMicroseconds: Int?
        /// How long the server made the client wait, in milliseconds, on average.
        package var throttleMilliseconds = 0
        /// Requests that wait to be sent or to be answered.
        package var waitingRequestCount = 0
        package var requestCount = 0
        package var sentByteCount = 0
        package var receivedByteCount = 0
        package var retryCount = 0
        package var sendErrorCount = 0
        package var receiveErrorCount = 0
        package var timeoutCount = 0
        package var disconnectCount = 0

        package init(address: String) {
            self.address = address
        }
    }

    /// One partition that is written.
    package struct Partition: Hashable, Sendable {
        package var id: SplitID
        package var sentCount: Int
        package var sentByteCount: Int

        package init(id: SplitID, sentCount: Int, sentByteCount: Int) {
            self.id = id
            self.sentCount = sentCount
            self.sentByteCount = sentByteCount
        }
    }

    /// What the client is for, the same in every attempt: `reader of plays`.
    package var client: String
    /// Handed over to be sent and not acknowledged yet.
    package var queuedCount = 0
    package var queuedByteCount = 0
    /// Fetched ahead and not read yet.
    package var fetchedCount = 0
    package var fetchedByteCount = 0
    /// By address.
    package var servers: [Server] = []
    /// That something was sent to, by id.
    package var partitions: [Partition] = []

    package init(client: String) {
        self.client = client
    }
}
