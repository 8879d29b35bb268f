/// Heartbeat (key 12), request: a sign of life of a group member.
package struct HeartbeatRequest: RequestMessage {
    package typealias Response = HeartbeatResponse
    package static var api: ApiKey { .heartbeat }

    /// The consumer group.
    package var groupId: String = ""
    /// The group's generation, which fences members of earlier ones.
    package var generationId: Int32 = 0
    /// The member, as named by the coordinator; empty on a first join.
    package var memberId: String = ""
    /// The static member's name; nil for dynamic members.
    package var groupInstanceId: String?

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        try coder.code(&groupId)
        try coder.code(&generationId)
        try coder.code(&memberId)
        if coder.version >= 3 {
            try coder.code(&groupInstanceId)
        }
        try coder.codeTaggedFields()
    }
}

/// Heartbeat (key 12), answer: whether the member must rejoin.
package struct HeartbeatResponse: Message {
    /// How long the client should pause; this broker never throttles.
    package var throttleTimeMilliseconds: Int32 = 0
    /// `none` when it went well.
    package var errorCode: ErrorCode = .none

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        if coder.version >= 1 {
            try coder.code(&throttleTimeMilliseconds)
        }
        try coder.code(&errorCode)
        try coder.codeTaggedFields()
    }
}
