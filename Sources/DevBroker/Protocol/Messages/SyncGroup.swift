package import NIOCore

/// SyncGroup (key 14), request: the leader's assignment, or a follower's wish for its own.
package struct SyncGroupRequest: RequestMessage {
    package typealias Response = SyncGroupResponse
    package static var api: ApiKey { .syncGroup }

    /// The consumer group.
    package var groupId: String = ""
    /// The group's generation, which fences members of earlier ones.
    package var generationId: Int32 = 0
    /// The member, as named by the coordinator; empty on a first join.
    package var memberId: String = ""
    /// The static member's name; nil for dynamic members.
    package var groupInstanceId: String?
    /// `consumer` for consumers.
    package var protocolType: String?
    /// The assignor chosen.
    package var protocolName: String?
    /// The leader's assignments; empty for followers.
    package var assignments: [Assignment] = []

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        try coder.code(&groupId)
        try coder.code(&generationId)
        try coder.code(&memberId)
        if coder.version >= 3 {
            try coder.code(&groupInstanceId)
        }
        if coder.version >= 5 {
            try coder.code(&protocolType)
            try coder.code(&protocolName)
        }
        try coder.code(&assignments)
        try coder.codeTaggedFields()
    }

    /// One assignment of the message.
    package struct Assignment: Message {
        /// The member, as named by the coordinator; empty on a first join.
        package var memberId: String = ""
        /// The member's share, opaque to the broker.
        package var assignment: ByteBuffer = ByteBuffer()

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&memberId)
            try coder.code(&assignment)
            try coder.codeTaggedFields()
        }
    }
}

/// SyncGroup (key 14), answer: the member's assignment.
package struct SyncGroupResponse: Message {
    /// How long the client should pause; this broker never throttles.
    package var throttleTimeMilliseconds: Int32 = 0
    /// `none` when it went well.
    package var errorCode: ErrorCode = .none
    /// `consumer` for consumers.
    package var protocolType: String?
    /// The assignor chosen.
    package var protocolName: String?
    /// The member's share, opaque to the broker.
    package var assignment: ByteBuffer = ByteBuffer()

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        if coder.version >= 1 {
            try coder.code(&throttleTimeMilliseconds)
        }
        try coder.code(&errorCode)
        if coder.version >= 5 {
            try coder.code(&protocolType)
            try coder.code(&protocolName)
        }
        try coder.code(&assignment)
        try coder.codeTaggedFields()
    }
}
