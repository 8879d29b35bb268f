import Columnar
import Dataflow
import Formats
import Foundation
import Synchronization
import Testing

@testable import KafkaConnector

/// What librdkafka counts.
@Suite(.timeLimit(.minutes(2)))
struct StatisticsTests {
    private func statistics(_ text: String) -> ClientStatistics? {
        Array(text.utf8).withUnsafeBytes { StatisticsText.statistics($0, client: "reader of plays") }
    }

    @Test func partsOfABrokerAreOneBrokerAndQueuesAreSummed() throws {
        let broker = """
            "nodename":"a:9092","outbuf_cnt":1,"waitresp_cnt":2,"tx":10,"txbytes":100,"txerrs":1,"txretries":3,\
            "req_timeouts":4,"rxbytes":200,"rxerrs":5,"disconnects":6,"throttle":{"max":9,"avg":7,"cnt":1}
            """
        let text = """
            {"name":"x","msg_cnt":5,"msg_size":50,"brokers":{
            "a:9092/bootstrap":{\(broker),"rtt":{"max":30,"avg":20,"cnt":1}},
            "a:9092/1":{\(broker),"rtt":{"max":90,"avg":40,"cnt":3}},
            "b:9092/2":{\(broker.replacingOccurrences(of: "a:9092", with: "b:9092")),"rtt":{"max":0,"avg":0,"cnt":0}},
            "GroupCoordinator":{\(broker.replacingOccurrences(of: "a:9092", with: ""))}},
            "topics":{"plays":{"topic":"plays","partitions":{
            "0":{"partition":0,"fetchq_cnt":3,"fetchq_size":30,"txmsgs":0,"txbytes":0},
            "1":{"partition":1,"fetchq_cnt":4,"fetchq_size":40,"txmsgs":8,"txbytes":80},
            "-1":{"partition":-1,"fetchq_cnt":0,"fetchq_size":0,"txmsgs":9,"txbytes":90}}}}}
            """
        let found = try #require(statistics(text))
        #expect(found.queuedCount == 5 && found.queuedByteCount == 50)
        #expect(found.fetchedCount == 7 && found.fetchedByteCount == 70)
        #expect(found.partitions == [.init(id: SplitID(topic: "plays", partition: 1), sentCount: 8, sentByteCount: 80)])
        #expect(found.servers.map(\.address) == ["a:9092", "b:9092"])
        let first = found.servers[0]
        #expect(first.roundTripMicroseconds == 35 && first.slowestRoundTripMicroseconds == 90)
        #expect(first.waitingRequestCount == 6 && first.requestCount == 20 && first.retryCount == 6)
        #expect(first.sentByteCount == 200 && first.receivedByteCount == 400 && first.throttleMilliseconds == 7)
        #expect(first.sendErrorCount == 2 && first.receiveErrorCount == 10 && first.timeoutCount == 8)
        #expect(first.disconnectCount == 12 && found.servers[1].roundTripMicroseconds == nil)
    }

    @Test func aTextThatIsNotUnderstoodIsNone() {
        for text in ["", "{", "{}", "[1]", "{\"msg_cnt\":\"x\"}"] { #expect(statistics(text) == nil) }
    }

    /// librdkafka's own text, from a producer that works.
    @Test func livingClientsTellOfThemselves() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("counted")
            let properties = KafkaProperties(
                ["bootstrap.servers": cluster.bootstrapServers, "statistics.interval.ms": "20"],
                problem: { Issue.record("\($0): \($1)") })
            let told = Mutex<ClientStatistics?>(nil)
            var events = ClientEvents.ignored
            events.statistics = { json in
                guard let found = StatisticsText.statistics(json, client: "producer") else {
                    Issue.record("not understood: \(String(decoding: json, as: UTF8.self))")
                    return
                }
                told.withLock { $0 = found }
            }
            let producer = try KafkaProducer(
                properties: properties.producer(transactionalID: nil, transactionTimeoutMilliseconds: 0),
                events: events)
            let outgoing = try producer.makeTopic(topic, capacity: 16)
            let chunk = EncodedChunk(hasKeys: false)
            for _ in 0..<10 { Array("0123456789".utf8).withUnsafeBytes { chunk.values.append($0) } }
            outgoing.stage(chunk.rows(.fixed, partitionCount: 1))
            #expect(try outgoing.send() == 0)
            try producer.flush(timeoutMilliseconds: 20_000)
            let deadline = Date(timeIntervalSinceNow: 30)
            while Date() < deadline, told.withLock({ $0?.partitions.first?.sentCount != 10 }) {
                producer.poll(timeoutMilliseconds: 20)
            }
            let counted = try #require(told.withLock { $0 })
            #expect(counted.client == "producer" && counted.partitions.map(\.sentCount) == [10])
            #expect(counted.partitions.first?.id == SplitID(topic: topic, partition: 0))
            #expect((counted.partitions.first?.sentByteCount ?? 0) >= 100)
            let busy = try #require(counted.servers.max { $0.requestCount < $1.requestCount })
            #expect(busy.sentByteCount > 100 && busy.receivedByteCount > 0 && busy.address.contains(":"))
        }
    }
}
