import DevBroker
import NIOCore
import TestKit
import Testing

/// Whatever bytes come, the broker answers or closes the connection, and goes on.
@Suite struct HostileInputTests {
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func changedRequestsDoNoHarm(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let harness = try BrokerHarness { $0.maxPartitionCount = 20 }
        try harness.createTopic("t", partitions: 2)
        try harness.produce(["a", "b"])
        let frames = try EveryMessage().requestFrames
        for connection in 1...2000 as ClosedRange<UInt64> {
            var frame = try #require(frames.randomElement(using: &random))
            for _ in 0..<Int.random(in: 0...4, using: &random) where frame.readableBytes > 8 {
                // What says which request it is stays, or most would only be unknown.
                let index = frame.readerIndex + Int.random(in: 8..<frame.readableBytes, using: &random)
                frame.setInteger(UInt8.random(in: 0...255, using: &random), at: index)
            }
            _ = harness.broker.handle(frame, from: .init(rawValue: connection), host: "h")
            #expect(harness.broker.failure == nil, "seed \(seed), request \(connection)")
            if connection % 100 == 0 { harness.advance(by: 1000) }
        }
        try harness.createTopic("after")
        #expect(try harness.produce(["whole"], to: "after").errorCode == .none)
        try harness.crash()
        #expect(try harness.consume("after") == ["whole"])
    }

    /// Batches with a right checksum around fields that make no sense.
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func senselessBatchesDoNoHarm(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let harness = try BrokerHarness()
        let settings = ["cleanup.policy": seed % 2 == 0 ? "compact" : "delete", "segment.bytes": "2000"]
        try harness.createTopic("t", settings)
        let extremes: [Int64] = [.min, -1, 0, 1, 1_700_000_000_000, .max]
        for step in 0..<400 {
            var batch = RecordBatch.of([(key: "k", value: "v"), (key: "l", value: nil)], timestamp: 5)
            batch.header.baseTimestamp = try #require(extremes.randomElement(using: &random))
            batch.header.maxTimestamp = try #require(extremes.randomElement(using: &random))
            batch.header.producerId = try #require(([-1, -1, -1] + extremes).randomElement(using: &random))
            batch.header.producerEpoch = Int16.random(in: -2...2, using: &random)
            batch.header.baseSequence = Int32.random(in: -2...3, using: &random)
            if Int.random(in: 0..<3, using: &random) == 0 {
                batch.header.attributes = Int16.random(in: 0..<64, using: &random)
            }
            if Int.random(in: 0..<9, using: &random) == 0 {
                batch.header.lastOffsetDelta = Int32.random(in: -5...5, using: &random)
            }
            batch.records[0].timestampDelta = try #require(extremes.randomElement(using: &random))
            _ = try harness.produce(batch.encoded())
            if step % 40 == 0 {
                for time in extremes { _ = try harness.endOffset(time: time) }
                try harness.broker.clean(isForced: true)
                harness.clock.advance(by: 3_600_000)
            }
            if step % 100 == 0 { try harness.crash() }
        }
        #expect(harness.broker.failure == nil, "seed \(seed)")
        #expect(try harness.produce(["whole"], keys: ["k"]).errorCode == .none)
    }

    @Test func unknownRequestsCloseTheConnection() throws {
        let harness = try BrokerHarness()
        for (key, version) in [(999 as Int16, 0 as Int16), (ApiKey.fetch.rawValue, 99), (ApiKey.metadata.rawValue, -1)]
        {
            var frame = ByteBuffer()
            frame.writeMultipleIntegers(key, version, 1 as Int32)
            guard case .disconnect = harness.broker.handle(frame, from: .init(rawValue: 1), host: "h") else {
                Issue.record("request \(key) version \(version) was not refused")
                continue
            }
        }
        #expect(harness.broker.failure == nil)
    }
}
