/// LeaveGroup (key 13), request: members that leave a group.
package struct LeaveGroupRequest: RequestMessage {
    package typealias Response = LeaveGroupResponse
    package static var api: ApiKey { .leaveGroup }

    /// The consumer group.
    package var groupId: String = ""
    /// The member, as named by the coordinator; empty on a first join.
    package var memberId: String = ""
    /// The members.
    package var members: [Member] = []

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        try coder.code(&groupId)
        if coder.version <= 2 {
            try coder.code(&memberId)
        }
        if coder.version >= 3 {
            try coder.code(&members)
        }
        try coder.codeTaggedFields()
    }

    /// One member.
    package struct Member: Message {
        /// The member, as named by the coordinator; empty on a first join.
        package var memberId: String = ""
        /// The static member's name; nil for dynamic members.
        package var groupInstanceId: String?
        /// Why, for logs.
        package var reason: String?

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&memberId)
            try coder.code(&groupInstanceId)
            if coder.version >= 5 {
                try coder.code(&reason)
            }
            try coder.codeTaggedFields()
        }
    }
}

/// LeaveGroup (key 13), answer: the result per member.
package struct LeaveGroupResponse: Message {
    /// How long the client should pause; this broker never throttles.
    package var throttleTimeMilliseconds: Int32 = 0
    /// `none` when it went well.
    package var errorCode: ErrorCode = .none
    /// The members.
    package var members: [Member] = []

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        if coder.version >= 1 {
            try coder.code(&throttleTimeMilliseconds)
        }
        try coder.code(&errorCode)
        if coder.version >= 3 {
            try coder.code(&members)
        }
        try coder.codeTaggedFields()
    }

    /// One member.
    package struct Member: Message {
        /// The member, as named by the coordinator; empty on a first join.
        package var memberId: String = ""
        /// The static member's name; nil for dynamic members.
        package var groupInstanceId: String?
        /// `none` when it went well.
        package var errorCode: ErrorCode = .none

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&memberId)
            try coder.code(&groupInstanceId)
            try coder.code(&errorCode)
            try coder.codeTaggedFields()
        }
    }
}
