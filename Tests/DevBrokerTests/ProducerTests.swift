import DevBroker
import NIOCore
import Testing

@Suite struct ProducerTests {
    private func harness() throws -> (BrokerHarness, ProducerIdentity) {
        let harness = try BrokerHarness()
        try harness.createTopic("t")
        return (harness, try harness.initProducer(nil).producer)
    }

    @Test func retriesAreRecognisedAndAnsweredWithTheFirstOffset() throws {
        let (harness, producer) = try harness()
        for sequence in 0..<7 {
            #expect(
                try harness.produce(["v\(sequence)"], producer: producer, sequence: Int32(sequence)).baseOffset
                    == Int64(sequence))
        }
        // The last five are remembered.
        for sequence in 2..<7 {
            let answer = try harness.produce(["v\(sequence)"], producer: producer, sequence: Int32(sequence))
            #expect(answer.errorCode == .none)
            #expect(answer.baseOffset == Int64(sequence))
        }
        #expect(try harness.produce(["v1"], producer: producer, sequence: 1).errorCode == .outOfOrderSequenceNumber)
        #expect(try harness.endOffset() == 7)
    }

    @Test func gapsInTheSequenceAreRefused() throws {
        let (harness, producer) = try harness()
        try harness.produce(["a"], producer: producer, sequence: 0)
        #expect(try harness.produce(["c"], producer: producer, sequence: 2).errorCode == .outOfOrderSequenceNumber)
        #expect(try harness.produce(["b"], producer: producer, sequence: 1).errorCode == .none)
    }

    @Test func sequenceNumbersWrapToZero() throws {
        let (harness, producer) = try harness()
        // A producer that the partition does not know may start anywhere.
        #expect(try harness.produce(["a", "b"], producer: producer, sequence: Int32.max - 1).errorCode == .none)
        #expect(try harness.produce(["c"], producer: producer, sequence: 0).errorCode == .none)
        #expect(try harness.produce(["d"], producer: producer, sequence: 1).errorCode == .none)
    }

    @Test func aNewEpochStartsAtZeroAndFencesTheOldOne() throws {
        let (harness, producer) = try harness()
        try harness.produce(["a"], producer: producer, sequence: 0)
        let next = ProducerIdentity(id: producer.id, epoch: 1)
        #expect(try harness.produce(["b"], producer: next, sequence: 1).errorCode == .outOfOrderSequenceNumber)
        #expect(try harness.produce(["b"], producer: next, sequence: 0).errorCode == .none)
        #expect(try harness.produce(["c"], producer: producer, sequence: 1).errorCode == .invalidProducerEpoch)
    }

    @Test func sequenceStateSurvivesACrash() throws {
        let (harness, producer) = try harness()
        for sequence in 0..<7 { try harness.produce(["v"], producer: producer, sequence: Int32(sequence)) }
        try harness.crash()
        #expect(try harness.produce(["v"], producer: producer, sequence: 5).baseOffset == 5)
        #expect(try harness.produce(["v"], producer: producer, sequence: 8).errorCode == .outOfOrderSequenceNumber)
        #expect(try harness.produce(["v"], producer: producer, sequence: 7).baseOffset == 7)
    }

    @Test func producerIdsAreNeverHandedOutTwice() throws {
        let harness = try BrokerHarness()
        var seen: Set<Int64> = []
        for _ in 0..<5 {
            for _ in 0..<700 { #expect(seen.insert(try harness.initProducer(nil).producer.id).inserted) }
            try harness.crash()
        }
    }

    @Test func silentProducersAreForgotten() throws {
        let (harness, producer) = try harness()
        try harness.produce(["a"], producer: producer, sequence: 0)
        harness.clock.advance(by: harness.configuration.producerRetentionMilliseconds + 1)
        try harness.broker.clean()
        #expect(try harness.produce(["b"], producer: producer, sequence: 9).errorCode == .none)
    }
}
