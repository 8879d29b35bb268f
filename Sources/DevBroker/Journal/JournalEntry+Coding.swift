internal import NIOCore

extension JournalEntry {
    /// The entry's bytes: one for its kind, then its fields in the flexible encoding of the protocol.
    func encoded() throws(DevBrokerError) -> ByteBuffer {
        var writer = MessageWriter(version: 0, isFlexible: true)
        var record = JournalRecord(self)
        try record.code(with: &writer)
        return writer.finishContiguous()
    }

    init(decoding bytes: ByteBuffer) throws(DevBrokerError) {
        var reader = MessageReader(bytes, version: 0, isFlexible: true)
        var record = JournalRecord()
        try record.code(with: &reader)
        self = try record.entry()
    }
}

/// Every field that some kind of entry has. Fields that a kind does not use cost a byte or a few.
private struct JournalRecord: Message {
    var kind: Int8 = 0
    var name = ""
    var topicId = TopicId.zero
    var number: Int64 = -1
    var partitionCount: Int32 = 0
    var flag = false
    var settings: [Setting] = []
    var partitions: [Partition] = []
    var transaction: [TransactionFields] = []
    var group: [GroupFields] = []

    mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        try coder.code(&kind)
        try coder.code(&name)
        try coder.code(&topicId)
        try coder.code(&number)
        try coder.code(&partitionCount)
        try coder.code(&flag)
        try coder.code(&settings)
        try coder.code(&partitions)
        try coder.code(&transaction)
        try coder.code(&group)
        try coder.codeTaggedFields()
    }

    struct Setting: Message {
        var name = ""
        var value = ""

        mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&name)
            try coder.code(&value)
            try coder.codeTaggedFields()
        }
    }

    struct Partition: Message {
        var topic = ""
        var index: Int32 = 0
        var offset: Int64 = -1
        var leaderEpoch: Int32 = -1
        var metadata = ""
        var committedAt: Int64 = -1

        mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&topic)
            try coder.code(&index)
            try coder.code(&offset)
            try coder.code(&leaderEpoch)
            try coder.code(&metadata)
            try coder.code(&committedAt)
            try coder.codeTaggedFields()
        }
    }

    struct TransactionFields: Message {
        var producerId: Int64 = -1
        var epoch: Int16 = -1
        var lastEpoch: Int16 = -1
        var previousProducerId: Int64 = -1
        var timeoutMilliseconds: Int32 = 0
        var state: Int8 = 0
        var groups: [String] = []
        var startedAt: Int64 = -1
        var updatedAt: Int64 = -1

        mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&producerId)
            try coder.code(&epoch)
            try coder.code(&lastEpoch)
            try coder.code(&previousProducerId)
            try coder.code(&timeoutMilliseconds)
            try coder.code(&state)
            try coder.code(&groups)
            try coder.code(&startedAt)
            try coder.code(&updatedAt)
            try coder.codeTaggedFields()
        }
    }

    struct GroupFields: Message {
        var generation: Int32 = 0
        var protocolType: String?
        var protocolName: String?
        var leaderId: String?
        var members: [MemberFields] = []

        mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&generation)
            try coder.code(&protocolType)
            try coder.code(&protocolName)
            try coder.code(&leaderId)
            try coder.code(&members)
            try coder.codeTaggedFields()
        }
    }

    struct MemberFields: Message {
        var id = ""
        var instanceId: String?
        var clientId = ""
        var clientHost = ""
        var sessionTimeoutMilliseconds: Int32 = 0
        var rebalanceTimeoutMilliseconds: Int32 = 0
        var protocols: [JoinGroupRequest.MemberProtocol] = []
        var assignment = ByteBuffer()

        mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&id)
            try coder.code(&instanceId)
            try coder.code(&clientId)
            try coder.code(&clientHost)
            try coder.code(&sessionTimeoutMilliseconds)
            try coder.code(&rebalanceTimeoutMilliseconds)
            try coder.code(&protocols)
            try coder.code(&assignment)
            try coder.codeTaggedFields()
        }
    }
}

extension JournalRecord {
    init(_ entry: JournalEntry) {
        self.init()
        switch entry {
        case .topic(let topic):
            kind = 1
            name = topic.name
            topicId = topic.id
            partitionCount = topic.partitionCount
            settings = topic.configuration.sorted { $0.key < $1.key }.map { Setting(name: $0.key, value: $0.value) }
        case .topicDeleted(let topic):
            kind = 2
            name = topic
        case .logStart(let partition, let offset):
            kind = 3
            number = offset
            partitions = [Partition(topic: partition.topic, index: partition.partition)]
        case .producerIds(let next):
            kind = 4
            number = next
        case .transaction(let value):
            kind = 5
            name = value.id
            transaction = [TransactionFields(value)]
            partitions = value.partitions.sorted().map { Partition(topic: $0.topic, index: $0.partition) }
        case .group(let value):
            kind = 6
            name = value.id
            flag = value.isStable
            number = value.emptySince
            group = [GroupFields(value)]
        case .groupDeleted(let id):
            kind = 7
            name = id
        case .offsets(let value):
            kind = 8
            name = value.group
            number = value.producerId ?? -1
            partitions = value.offsets.sorted { $0.key < $1.key }.map { Partition($0.key, $0.value) }
        case .pendingOffsetsEnded(let groupId, let producerId, let isCommit):
            kind = 9
            name = groupId
            number = producerId
            flag = isCommit
        case .offsetsDeleted(let groupId, let deleted):
            kind = 10
            name = groupId
            partitions = deleted.map { Partition(topic: $0.topic, index: $0.partition) }
        }
    }

    func entry() throws(DevBrokerError) -> JournalEntry {
        switch kind {
        case 1:
            let configuration = Dictionary(settings.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
            return .topic(.init(name: name, id: topicId, partitionCount: partitionCount, configuration: configuration))
        case 2: return .topicDeleted(name)
        case 3: return .logStart(partitions.first?.key ?? TopicPartition("", 0), offset: number)
        case 4: return .producerIds(next: number)
        case 5:
            guard let fields = transaction.first, let state = Transaction.State(rawValue: fields.state) else { break }
            return .transaction(fields.transaction(id: name, state: state, partitions: Set(partitions.map(\.key))))
        case 6:
            guard let fields = group.first else { break }
            return .group(fields.group(id: name, isStable: flag, emptySince: number))
        case 7: return .groupDeleted(name)
        case 8:
            let offsets = Dictionary(partitions.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
            return .offsets(.init(group: name, producerId: number < 0 ? nil : number, offsets: offsets))
        case 9: return .pendingOffsetsEnded(group: name, producerId: number, isCommit: flag)
        case 10: return .offsetsDeleted(group: name, partitions: partitions.map(\.key))
        default: break
        }
        throw .malformed("a journal entry of kind \(kind)")
    }
}

extension JournalRecord.Partition {
    fileprivate init(_ key: TopicPartition, _ value: CommittedOffset) {
        self.init(
            topic: key.topic, index: key.partition, offset: value.offset, leaderEpoch: value.leaderEpoch,
            metadata: value.metadata, committedAt: value.committedAt)
    }

    fileprivate var key: TopicPartition { TopicPartition(topic, index) }

    fileprivate var value: CommittedOffset {
        CommittedOffset(offset: offset, leaderEpoch: leaderEpoch, metadata: metadata, committedAt: committedAt)
    }
}

extension JournalRecord.TransactionFields {
    fileprivate init(_ value: Transaction) {
        self.init(
            producerId: value.producer.id, epoch: value.producer.epoch, lastEpoch: value.lastEpoch,
            previousProducerId: value.previousProducerId, timeoutMilliseconds: value.timeoutMilliseconds,
            state: value.state.rawValue, groups: value.groups.sorted(), startedAt: value.startedAt,
            updatedAt: value.updatedAt)
    }

    fileprivate func transaction(
        id: String, state: Transaction.State, partitions: Set<TopicPartition>
    ) -> Transaction {
        Transaction(
            id: id, producer: ProducerIdentity(id: producerId, epoch: epoch), lastEpoch: lastEpoch,
            previousProducerId: previousProducerId, timeoutMilliseconds: timeoutMilliseconds, state: state,
            partitions: partitions, groups: Set(groups), startedAt: startedAt, updatedAt: updatedAt)
    }
}

extension JournalRecord.GroupFields {
    fileprivate init(_ value: JournalEntry.GroupEntry) {
        self.init(
            generation: value.generation, protocolType: value.protocolType, protocolName: value.protocolName,
            leaderId: value.leaderId, members: value.members.map { JournalRecord.MemberFields($0) })
    }

    fileprivate func group(id: String, isStable: Bool, emptySince: Int64) -> JournalEntry.GroupEntry {
        JournalEntry.GroupEntry(
            id: id, generation: generation, isStable: isStable, protocolType: protocolType,
            protocolName: protocolName, leaderId: leaderId, emptySince: emptySince, members: members.map(\.member))
    }
}

extension JournalRecord.MemberFields {
    fileprivate init(_ value: GroupMember) {
        self.init(
            id: value.id, instanceId: value.instanceId, clientId: value.clientId, clientHost: value.clientHost,
            sessionTimeoutMilliseconds: value.sessionTimeoutMilliseconds,
            rebalanceTimeoutMilliseconds: value.rebalanceTimeoutMilliseconds,
            protocols: value.protocols.map { assignor in
                var entry = JoinGroupRequest.MemberProtocol()
                entry.name = assignor.name
                entry.metadata = assignor.metadata
                return entry
            }, assignment: value.assignment)
    }

    fileprivate var member: GroupMember {
        GroupMember(
            id: id, instanceId: instanceId, clientId: clientId, clientHost: clientHost,
            sessionTimeoutMilliseconds: sessionTimeoutMilliseconds,
            rebalanceTimeoutMilliseconds: rebalanceTimeoutMilliseconds,
            protocols: protocols.map { .init(name: $0.name, metadata: $0.metadata) }, assignment: assignment,
            sessionDeadline: 0, hasSynced: true)
    }
}
