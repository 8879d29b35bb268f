/// What a client of Kafka counts of itself, as of the last few seconds; sums are of this attempt.
package struct ClientState: Codable, Sendable, Hashable {
    /// A broker, all connections to it together.
    package struct Broker: Codable, Sendable, Hashable {
        /// `host:port`.
        package var address: String
        /// Of the last interval, in milliseconds; nil without requests.
        package var roundTripMilliseconds: Double?
        package var slowestRoundTripMilliseconds: Double?
        package var throttleMilliseconds = 0.0
        /// To be sent or answered.
        package var waitingRequests = 0
        package var requests = 0
        package var sentBytes = 0
        package var receivedBytes = 0
        package var retries = 0
        package var sendErrors = 0
        package var receiveErrors = 0
        package var timeouts = 0
        package var disconnects = 0

        package init(address: String) {
            self.address = address
        }
    }

    /// A partition that is written.
    package struct Partition: Codable, Sendable, Hashable {
        package var topic: String
        package var partition: Int32
        package var sentRecords: Int
        package var sentBytes: Int

        package init(topic: String, partition: Int32, sentRecords: Int, sentBytes: Int) {
            self.topic = topic
            self.partition = partition
            self.sentRecords = sentRecords
            self.sentBytes = sentBytes
        }
    }

    /// `reader of plays`, `transactional producer`.
    package var name: String
    /// Handed over to be sent and not acknowledged yet.
    package var queuedRecords = 0
    package var queuedBytes = 0
    /// Fetched ahead and not read yet.
    package var fetchedRecords = 0
    package var fetchedBytes = 0
    package var brokers: [Broker] = []
    package var partitions: [Partition] = []

    package init(name: String) {
        self.name = name
    }
}
