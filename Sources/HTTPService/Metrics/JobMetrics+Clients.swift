extension JobMetrics {
    /// What the clients of Kafka count. What a client that is gone held is gone too.
    static func add(_ clients: [ClientState], _ registry: MetricRegistry, _ state: inout State) {
        let present = Set(clients.map(\.name))
        for name in state.clients.subtracting(present) { add(ClientState(name: name), registry, &state) }
        state.clients.formUnion(present)
        for client in clients { add(client, registry, &state) }
    }

    private static func add(_ client: ClientState, _ registry: MetricRegistry, _ state: inout State) {
        let name = [("client", client.name)]
        set(.clientQueuedRecords, name, Double(client.queuedRecords), registry, &state)
        set(.clientQueuedBytes, name, Double(client.queuedBytes), registry, &state)
        set(.clientFetchedRecords, name, Double(client.fetchedRecords), registry, &state)
        set(.clientFetchedBytes, name, Double(client.fetchedBytes), registry, &state)
        for partition in client.partitions {
            let labels = name + [("topic", partition.topic), ("partition", String(partition.partition))]
            count(.sentRecords, labels, Double(partition.sentRecords), registry, &state)
            count(.sentBytes, labels, Double(partition.sentBytes), registry, &state)
        }
        for broker in client.brokers { add(broker, of: name, registry, &state) }
    }

    private static func add(
        _ broker: ClientState.Broker, of client: [(String, String)], _ registry: MetricRegistry, _ state: inout State
    ) {
        let labels = client + [("broker", broker.address)]
        let gauges: [(MetricDefinition, Double)] = [
            // Of an interval without requests: nothing was slow.
            (.brokerRoundTrip, (broker.roundTripMilliseconds ?? 0) / 1000),
            (.brokerSlowestRoundTrip, (broker.slowestRoundTripMilliseconds ?? 0) / 1000),
            (.brokerThrottle, broker.throttleMilliseconds / 1000), (.brokerWaiting, Double(broker.waitingRequests)),
        ]
        for (metric, value) in gauges { set(metric, labels, value, registry, &state) }
        let sums: [(MetricDefinition, Int)] = [
            (.brokerRequests, broker.requests), (.brokerSentBytes, broker.sentBytes),
            (.brokerReceivedBytes, broker.receivedBytes), (.brokerRetries, broker.retries),
            (.brokerDisconnects, broker.disconnects),
        ]
        for (metric, sum) in sums { count(metric, labels, Double(sum), registry, &state) }
        for (kind, sum) in [
            ("send", broker.sendErrors), ("receive", broker.receiveErrors), ("timeout", broker.timeouts),
        ] {
            count(.brokerErrors, labels + [("kind", kind)], Double(sum), registry, &state)
        }
    }
}
