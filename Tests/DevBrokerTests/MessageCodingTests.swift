import DevBroker
import NIOCore
import Testing

@Suite struct MessageCodingTests {
    /// What is written is read back whole, and written again gives the same bytes.
    @Test(arguments: ApiKey.allCases)
    func messagesSurviveARoundTripInEveryVersion(api: ApiKey) throws {
        var visitor = RoundTrip()
        try visitor.visit(api)
    }

    private struct RoundTrip: MessageVisitor {
        mutating func visit<Value: Message>(
            _ type: Value.Type, _ api: ApiKey, isRequest: Bool, version: Int16
        ) throws {
            let isFlexible = version >= api.firstFlexibleVersion
            let bytes = try encode(Filler.filled(Value.self, api, version: version), version, isFlexible)
            var reader = MessageReader(bytes, version: version, isFlexible: isFlexible)
            var copy = Value()
            try copy.code(with: &reader)
            #expect(reader.buffer.readableBytes == 0)
            #expect(try encode(copy, version, isFlexible) == bytes)
            // Cut anywhere, the message is refused instead of read wrongly or crashing.
            for length in stride(from: 0, to: bytes.readableBytes, by: 7) {
                let prefix = try #require(bytes.getSlice(at: bytes.readerIndex, length: length))
                var reader = MessageReader(prefix, version: version, isFlexible: isFlexible)
                var cut = Value()
                #expect(throws: DevBrokerError.self) { try cut.code(with: &reader) }
            }
        }

        private func encode<Value: Message>(
            _ message: Value, _ version: Int16, _ isFlexible: Bool
        ) throws -> ByteBuffer {
            var message = message
            var writer = MessageWriter(version: version, isFlexible: isFlexible)
            try message.code(with: &writer)
            return writer.finishContiguous()
        }
    }

    @Test func unknownTaggedFieldsAreSkipped() throws {
        var bytes = ByteBuffer()
        bytes.writeInteger(0 as Int16)
        // Two tagged fields: number 0 with 3 bytes, number 200 with none.
        bytes.writeBytes([2, 0, 3, 1, 2, 3, 200, 1, 0])
        var reader = MessageReader(bytes, version: 3, isFlexible: true)
        var code = ErrorCode.none
        try reader.code(&code)
        try reader.codeTaggedFields()
        #expect(reader.buffer.readableBytes == 0)
    }

    @Test func hugeCountsAreRefusedWithoutReservingMemory() {
        var bytes = ByteBuffer()
        bytes.writeInteger(Int32.max)
        var reader = MessageReader(bytes, version: 0, isFlexible: false)
        var list: [Int32] = []
        #expect(throws: DevBrokerError.self) { try reader.code(&list) }
    }

    @Test func versionsOfTheJavaClientAndLibrdkafkaAreServed() throws {
        let harness = try BrokerHarness()
        let answer = try harness.send(ApiVersionsRequest(), version: 0)
        let ranges = Dictionary(uniqueKeysWithValues: answer.apiKeys.map { ($0.apiKey, $0.minVersion...$0.maxVersion) })
        // The least that Java's client 4.x speaks, by request.
        let least: [ApiKey: Int16] = [
            .produce: 3, .fetch: 4, .listOffsets: 1, .offsetCommit: 2, .offsetFetch: 1, .createTopics: 2,
            .deleteTopics: 1, .offsetForLeaderEpoch: 2, .describeConfigs: 1,
        ]
        for (api, version) in least { #expect(ranges[api.rawValue]?.upperBound ?? -1 >= version) }
        // librdkafka takes the lowest Produce version as a sign of what compression the broker knows.
        #expect(ranges[ApiKey.produce.rawValue]?.lowerBound == 0)
    }

    @Test func aNewerApiVersionsRequestIsAnsweredInVersionZero() throws {
        let harness = try BrokerHarness()
        var frame = ByteBuffer()
        frame.writeMultipleIntegers(ApiKey.apiVersions.rawValue, 99 as Int16, 7 as Int32)
        frame.writeBytes([1, 2, 3])
        let outcome = harness.broker.handle(frame, from: .init(rawValue: 900), host: "h")
        guard case .reply(let answer) = outcome else {
            Issue.record("no answer: \(outcome)")
            return
        }
        let (correlationId, response) = try Frame.readResponse(
            to: ApiVersionsRequest.self, BrokerHarness.join(answer), version: 0)
        #expect(correlationId == 7)
        #expect(response.errorCode == .unsupportedVersion)
        #expect(response.apiKeys.count == ApiKey.allCases.count)
    }
}
