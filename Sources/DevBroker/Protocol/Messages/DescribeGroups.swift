package import NIOCore

/// DescribeGroups (key 15), request: the groups to describe.
package struct DescribeGroupsRequest: RequestMessage {
    package typealias Response = DescribeGroupsResponse
    package static var api: ApiKey { .describeGroups }

    /// The groups.
    package var groups: [String] = []
    package var includeAuthorizedOperations: Bool = false

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        try coder.code(&groups)
        if coder.version >= 3 {
            try coder.code(&includeAuthorizedOperations)
        }
        try coder.codeTaggedFields()
    }
}

/// DescribeGroups (key 15), answer: state and members of each group.
package struct DescribeGroupsResponse: Message {
    /// How long the client should pause; this broker never throttles.
    package var throttleTimeMilliseconds: Int32 = 0
    /// The groups.
    package var groups: [Group] = []

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        if coder.version >= 1 {
            try coder.code(&throttleTimeMilliseconds)
        }
        try coder.code(&groups)
        try coder.codeTaggedFields()
    }

    /// One group.
    package struct Group: Message {
        /// `none` when it went well.
        package var errorCode: ErrorCode = .none
        /// Text for people; nil when there is no error.
        package var errorMessage: String?
        /// The consumer group.
        package var groupId: String = ""
        package var groupState: String = ""
        /// `consumer` for consumers.
        package var protocolType: String = ""
        package var protocolData: String = ""
        /// The members.
        package var members: [Member] = []
        package var authorizedOperations: Int32 = .min

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&errorCode)
            if coder.version >= 6 {
                try coder.code(&errorMessage)
            }
            try coder.code(&groupId)
            try coder.code(&groupState)
            try coder.code(&protocolType)
            try coder.code(&protocolData)
            try coder.code(&members)
            if coder.version >= 3 {
                try coder.code(&authorizedOperations)
            }
            try coder.codeTaggedFields()
        }
    }

    /// One member.
    package struct Member: Message {
        /// The member, as named by the coordinator; empty on a first join.
        package var memberId: String = ""
        /// The static member's name; nil for dynamic members.
        package var groupInstanceId: String?
        package var clientId: String = ""
        package var clientHost: String = ""
        package var memberMetadata: ByteBuffer = ByteBuffer()
        package var memberAssignment: ByteBuffer = ByteBuffer()

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&memberId)
            if coder.version >= 4 {
                try coder.code(&groupInstanceId)
            }
            try coder.code(&clientId)
            try coder.code(&clientHost)
            try coder.code(&memberMetadata)
            try coder.code(&memberAssignment)
            try coder.codeTaggedFields()
        }
    }
}
