import DevBroker
import Testing

/// What an administrator does with topics.
@Suite(.timeLimit(.minutes(2))) struct TopicTests {
    @Test(arguments: ProtocolVersions.allCases)
    func topicsAreCreatedAndDeleted(_ versions: ProtocolVersions) async throws {
        try await Cluster.run(versions) { cluster in
            let topic = try cluster.createTopic(partitions: 3)
            let metadata = try cluster.metadata(topic).topics.only()
            #expect(metadata.partitions.map(\.partitionIndex).sorted() == [0, 1, 2])
            #expect(try cluster.create(topic).errorCode == .topicAlreadyExists)
            try cluster.produce("a", to: TopicPartition(topic, 0))

            #expect(try cluster.deleteTopic(topic) == .none)
            _ = try eventually("the topic's end") {
                try cluster.metadata(topic).topics.only().errorCode == .unknownTopicOrPartition ? true : nil
            }
            #expect(try cluster.fetch(TopicPartition(topic, 0)).errorCode == .unknownTopicOrPartition)
            #expect(try cluster.deleteTopic(topic) == .unknownTopicOrPartition)
            // One of the same name begins empty.
            #expect(try cluster.createTopic(partitions: 1) == topic)
            #expect(try cluster.listOffsets(TopicPartition(topic, 0), time: -1).offset == 0)
        }
    }

    @Test func wrongTopicsAreRefused() async throws {
        try await Cluster.run { cluster throws in
            #expect(try cluster.create("no/slash").errorCode == .invalidTopic)
            #expect(try cluster.create("..").errorCode == .invalidTopic)
            #expect(try cluster.create(String(repeating: "x", count: 250)).errorCode == .invalidTopic)
            #expect(try cluster.create(cluster.name("a"), partitions: 0).errorCode == .invalidPartitions)
            #expect(try cluster.create(cluster.name("a"), replicas: 99).errorCode == .invalidReplicationFactor)
            #expect(try cluster.create(cluster.name("a"), ["no.such.setting": "1"]).errorCode == .invalidConfig)
            #expect(try cluster.create(cluster.name("a"), ["cleanup.policy": "burn"]).errorCode == .invalidConfig)
            #expect(try cluster.create(cluster.name("a"), isTrial: true).errorCode == .none)
            #expect(try cluster.metadata(cluster.name("a")).topics.only().errorCode == .unknownTopicOrPartition)
        }
    }

    @Test(arguments: ProtocolVersions.allCases)
    func partitionsAreAdded(_ versions: ProtocolVersions) async throws {
        try await Cluster.run(versions) { cluster in
            let topic = try cluster.createTopic(partitions: 1)
            try cluster.produce("a", to: TopicPartition(topic, 0))
            #expect(try cluster.createPartitions(topic, count: 3) == .none)
            try cluster.awaitPartition(TopicPartition(topic, 2))
            #expect(try cluster.produce("b", to: TopicPartition(topic, 2)) == 0)
            #expect(try cluster.fetch(TopicPartition(topic, 0)).values() == ["a"])
            #expect(try cluster.createPartitions(topic, count: 2) == .invalidPartitions)
            #expect(try cluster.createPartitions(topic, count: 3) == .invalidPartitions)
            #expect(try cluster.createPartitions(cluster.name("none"), count: 3) == .unknownTopicOrPartition)
        }
    }

    @Test(arguments: ProtocolVersions.allCases)
    func settingsAreDescribed(_ versions: ProtocolVersions) async throws {
        try await Cluster.run(versions) { cluster in
            let topic = try cluster.createTopic(["cleanup.policy": "compact", "retention.ms": "1234567"])
            let some = try cluster.describe(topic: topic, ["cleanup.policy", "retention.ms", "max.message.bytes"])
            #expect(some.errorCode == .none)
            let values = Dictionary(uniqueKeysWithValues: some.configs.map { ($0.name, $0) })
            #expect(values.count == 3)
            #expect(values["cleanup.policy"]?.value == "compact")
            #expect(values["retention.ms"]?.value == "1234567")
            #expect(values["retention.ms"]?.configSource == 1)
            #expect(values["max.message.bytes"]?.value == "1048588")
            #expect(values["max.message.bytes"]?.configSource == 5)
            let all = try cluster.describe(topic: topic, nil)
            #expect(
                Set(all.configs.map(\.name)).isSuperset(of: ["cleanup.policy", "segment.bytes", "retention.bytes"]))
            let missing = try cluster.describe(topic: cluster.name("none"), nil)
            #expect(missing.errorCode == .unknownTopicOrPartition)
        }
    }
}
