package import NIOCore

/// JoinGroup (key 11), request: a member that joins or rejoins a group.
package struct JoinGroupRequest: RequestMessage {
    package typealias Response = JoinGroupResponse
    package static var api: ApiKey { .joinGroup }

    /// The consumer group.
    package var groupId: String = ""
    /// The silence after which a member is removed.
    package var sessionTimeoutMilliseconds: Int32 = 0
    /// How long a rebalance waits for a member to rejoin.
    package var rebalanceTimeoutMilliseconds: Int32 = -1
    /// The member, as named by the coordinator; empty on a first join.
    package var memberId: String = ""
    /// The static member's name; nil for dynamic members.
    package var groupInstanceId: String?
    /// `consumer` for consumers.
    package var protocolType: String = ""
    /// The assignors that the member knows, best first.
    package var protocols: [MemberProtocol] = []
    /// Why, for logs.
    package var reason: String?

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        try coder.code(&groupId)
        try coder.code(&sessionTimeoutMilliseconds)
        if coder.version >= 1 {
            try coder.code(&rebalanceTimeoutMilliseconds)
        }
        try coder.code(&memberId)
        if coder.version >= 5 {
            try coder.code(&groupInstanceId)
        }
        try coder.code(&protocolType)
        try coder.code(&protocols)
        if coder.version >= 8 {
            try coder.code(&reason)
        }
        try coder.codeTaggedFields()
    }

    /// One member protocol of the message.
    package struct MemberProtocol: Message {
        /// The name.
        package var name: String = ""
        /// What the client stored or announced.
        package var metadata: ByteBuffer = ByteBuffer()

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&name)
            try coder.code(&metadata)
            try coder.codeTaggedFields()
        }
    }
}

/// JoinGroup (key 11), answer: the generation, and for the leader all members.
package struct JoinGroupResponse: Message {
    /// How long the client should pause; this broker never throttles.
    package var throttleTimeMilliseconds: Int32 = 0
    /// `none` when it went well.
    package var errorCode: ErrorCode = .none
    /// The group's generation, which fences members of earlier ones.
    package var generationId: Int32 = -1
    /// `consumer` for consumers.
    package var protocolType: String?
    /// The assignor chosen.
    package var protocolName: String?
    /// The member that assigns.
    package var leader: String = ""
    /// Whether a rejoining leader must keep the assignment.
    package var skipAssignment: Bool = false
    /// The member, as named by the coordinator; empty on a first join.
    package var memberId: String = ""
    /// The members.
    package var members: [Member] = []

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        if coder.version >= 2 {
            try coder.code(&throttleTimeMilliseconds)
        }
        try coder.code(&errorCode)
        try coder.code(&generationId)
        if coder.version >= 7 {
            try coder.code(&protocolType)
        }
        try coder.code(&protocolName)
        try coder.code(&leader)
        if coder.version >= 9 {
            try coder.code(&skipAssignment)
        }
        try coder.code(&memberId)
        try coder.code(&members)
        try coder.codeTaggedFields()
    }

    /// One member.
    package struct Member: Message {
        /// The member, as named by the coordinator; empty on a first join.
        package var memberId: String = ""
        /// The static member's name; nil for dynamic members.
        package var groupInstanceId: String?
        /// What the client stored or announced.
        package var metadata: ByteBuffer = ByteBuffer()

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&memberId)
            if coder.version >= 5 {
                try coder.code(&groupInstanceId)
            }
            try coder.code(&metadata)
            try coder.codeTaggedFields()
        }
    }
}
