internal import Dataflow
internal import Foundation

/// The JSON that librdkafka makes every `statistics.interval.ms` (its STATISTICS.md), as far as it matters.
struct StatisticsText: Decodable {
    private struct Broker: Decodable {
        struct Window: Decodable {
            var max: Int
            var avg: Int
            var cnt: Int
        }

        var nodename: String
        var outbuf_cnt: Int
        var waitresp_cnt: Int
        var tx: Int
        var txbytes: Int
        var txerrs: Int
        var txretries: Int
        var req_timeouts: Int
        var rxbytes: Int
        var rxerrs: Int
        var disconnects: Int?
        var rtt: Window?
        var throttle: Window?
    }

    private struct Topic: Decodable {
        struct Partition: Decodable {
            var partition: Int32
            var fetchq_cnt: Int
            var fetchq_size: Int
            var txmsgs: Int
            var txbytes: Int
        }

        var topic: String
        var partitions: [String: Partition]
    }

    private var msg_cnt: Int
    private var msg_size: Int
    private var brokers: [String: Broker]
    private var topics: [String: Topic]

    /// - Returns: nil for a text that is not understood: numbers are then missing, nothing else.
    static func statistics(_ json: UnsafeRawBufferPointer, client: String) -> ClientStatistics? {
        guard let text = try? JSONDecoder().decode(StatisticsText.self, from: Data(json)) else { return nil }
        return text.statistics(client)
    }

    private func statistics(_ client: String) -> ClientStatistics {
        var result = ClientStatistics(client: client)
        result.queuedCount = msg_cnt
        result.queuedByteCount = msg_size
        for topic in topics.values {
            for partition in topic.partitions.values {
                result.fetchedCount += max(partition.fetchq_cnt, 0)
                result.fetchedByteCount += max(partition.fetchq_size, 0)
                // Partition -1 holds what has no partition yet.
                guard partition.partition >= 0, partition.txmsgs > 0 else { continue }
                result.partitions.append(
                    .init(
                        id: SplitID(topic: topic.topic, partition: partition.partition), sentCount: partition.txmsgs,
                        sentByteCount: partition.txbytes))
            }
        }
        result.partitions.sort { $0.id < $1.id }
        result.servers = servers()
        return result
    }

    /// A broker stands in the text once for each of its parts: as it was configured, as it was learned of, as a coordinator.
    private func servers() -> [ClientStatistics.Server] {
        // Logical brokers that stand for none at present have no address.
        let known = Dictionary(grouping: brokers.values.filter { $0.nodename.contains(":") && $0.nodename != ":0" }) {
            $0.nodename
        }
        return known.sorted { $0.key < $1.key }.map { address, parts in
            var server = ClientStatistics.Server(address: address)
            var (roundTrips, requests) = (0, 0)
            for part in parts {
                if let window = part.rtt, window.cnt > 0 {
                    roundTrips += window.avg * window.cnt
                    requests += window.cnt
                    server.slowestRoundTripMicroseconds = max(server.slowestRoundTripMicroseconds ?? 0, window.max)
                }
                server.throttleMilliseconds = max(server.throttleMilliseconds, part.throttle?.avg ?? 0)
                server.waitingRequestCount += part.outbuf_cnt + part.waitresp_cnt
                server.requestCount += part.tx
                server.sentByteCount += part.txbytes
                server.receivedByteCount += part.rxbytes
                server.retryCount += part.txretries
                server.sendErrorCount += part.txerrs
                server.receiveErrorCount += part.rxerrs
                server.timeoutCount += part.req_timeouts
                server.disconnectCount += part.disconnects ?? 0
            }
            if requests > 0 { server.roundTripMicroseconds = roundTrips / requests }
            return server
        }
    }
}
